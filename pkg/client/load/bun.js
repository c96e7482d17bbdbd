// Node's way would break `bun build`, which follows imports and not URLs.
import { resolve } from "node:path";
import path from "../../wasm/client/client_bg.wasm" with { type: "file" };
import { withWasm } from "../core.js";

// Absolute in a program that is run, relative to the bundle in one that was built.
withWasm(() => Bun.file(resolve(import.meta.dirname, path)).arrayBuffer());

export * from "../index.js";
