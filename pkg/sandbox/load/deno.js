// A source import needs no permission to read files.
import source module from "../../wasm/sandbox/sandbox_bg.wasm";
import { withWasm } from "../index.js";

export const createSandbox = withWasm(() => module);
