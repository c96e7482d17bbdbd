// A source import needs no permission to read files.
import source module from "../../wasm/client/client_bg.wasm";
import { withWasm } from "../core.js";

withWasm(() => module);

export * from "../index.js";
