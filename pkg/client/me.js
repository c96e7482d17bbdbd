// A loyalty page in one round trip.
import { checked, parsed, valueOf } from "./answer.js";
import { call } from "./call.js";
import { invalid } from "./key.js";
import { loaded } from "./wait.js";

/**
 * @type {typeof import("./index.js").me}
 * @this {unknown}
 */
export async function me(options) {
  const { partsOf } = await loaded(import("./parts.js"));
  return partsOf({ call, checked, invalid, parsed, valueOf }, this, options);
}
