// Node's way would break `bun build`, which follows imports and not URLs.
import path from "../../wasm/sandbox/sandbox_bg.wasm" with { type: "file" };
import { withWasm } from "../index.js";

export const createSandbox = withWasm(() => Bun.file(path).arrayBuffer());
