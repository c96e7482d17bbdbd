// Workers can't compile wasm at run time: the import gives a compiled module.
import module from "../../wasm/sandbox/sandbox_bg.wasm";
import { withWasm } from "../index.js";

export const createSandbox = withWasm(() => module);
