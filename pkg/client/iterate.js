// Lists, item by item. What walks the pages is loaded by the first `next()`.
import { fail, loaded } from "./wait.js";

/**
 * @type {typeof import("./index.js").iterate}
 */
export function iterate(...given) {
  let walk;
  const step = (name) => async (value) => {
    const { pages } = await loaded(import("./pages.js"));
    walk ??= pages(fail, ...given);
    return walk[name](value);
  };
  return {
    next: step("next"),
    return: step("return"),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
