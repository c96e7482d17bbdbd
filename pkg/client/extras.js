// What only some pages ask for: loaded by the first call of a client that was told `reads` or one of the `on…` listeners.
export { run } from "./reads.js";
export { watch } from "./events.js";
