import { withWasm } from "../core.js";

withWasm(() => new URL("../../wasm/client/client_bg.wasm", import.meta.url));

export * from "../index.js";
