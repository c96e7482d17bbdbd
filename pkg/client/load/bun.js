// Node's way would break `bun build`, which follows imports and not URLs.
import path from "../../wasm/client/client_bg.wasm" with { type: "file" };
import { withWasm } from "../core.js";

withWasm(() => Bun.file(path).arrayBuffer());

export * from "../index.js";
