// Node's way would break `bun build`, which follows imports and not URLs.
import { resolve } from "node:path";
import path from "../../wasm/sandbox/sandbox_bg.wasm" with { type: "file" };
import { withWasm } from "../index.js";

// Absolute in a program that is run, relative to the bundle in one that was built.
const source = () => Bun.file(resolve(import.meta.dirname, path)).arrayBuffer();

export const createSandbox = withWasm(source);
