import { readFile } from "node:fs/promises";
import { withWasm } from "../core.js";

withWasm(() => readFile(new URL("../../wasm/client/client_bg.wasm", import.meta.url)));

export * from "../index.js";
