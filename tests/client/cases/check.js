// What the cases say of a value: no assertion library is on every engine.

/** @param {unknown} condition @param {unknown} what */
export function check(condition, what) {
  if (!condition) throw new Error(String(what));
}

export function same(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === b, `${what}: ${a} instead of ${b}`);
}
