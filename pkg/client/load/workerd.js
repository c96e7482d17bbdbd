// Workers can't compile wasm at run time: the import gives a compiled module.
import module from "../../wasm/client/client_bg.wasm";
import { withWasm } from "../core.js";

withWasm(() => module);

export * from "../index.js";
