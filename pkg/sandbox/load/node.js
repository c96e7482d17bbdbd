import { readFileSync } from "node:fs";
import { withWasm } from "../index.js";

const source = () => readFileSync(new URL("../../wasm/sandbox/sandbox_bg.wasm", import.meta.url));

export const createSandbox = withWasm(source);
