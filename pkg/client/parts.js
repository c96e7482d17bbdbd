// A loyalty page in one round trip. Each part is checked as its own call's answer would be, and fails by itself. Loaded
// by the first `me()`; it imports nothing that a page has already, so that a bundler leaves that in one file.
import { parts as numbers } from "../generated/parts.js";

const names = Object.keys(numbers);

const methodOf = (number) => ({ number, args: [], path: "", effect: 0 });

/**
 * @param {{ call: Function, checked: Function, invalid: Function, parsed: Function, valueOf: Function }} tools
 * @param {unknown} self
 * @param {Parameters<typeof import("./index.js").me>[0]} [options]
 */
export async function partsOf(tools, self, { include = names, ...options } = {}) {
  const { call, checked, invalid, parsed, valueOf } = tools;
  if (!Array.isArray(include) || !include.length || include.some((name) => !names.includes(name)))
    throw invalid("include", "ENUM", `must be a list of ${names.join(", ")}`);
  const wanted = [...new Set(include)];

  /** What a part came to: a value, or an error that says who failed; never both, never neither. */
  const part = (number, { status = 200, body = null }) => {
    try {
      const method = methodOf(number);
      const text = checked(method, status, JSON.stringify(body), () => undefined);
      return { value: valueOf(method, text) };
    } catch (error) {
      return { error };
    }
  };
  const read = (said) =>
    Object.fromEntries(wanted.map((name) => [name, part(numbers[name], said[name] ?? {})]));
  const request = () => ({ path: `/me?include=${wanted}`, read: (text) => parsed(text, read) });
  return call(self, { ...methodOf(numbers.program), called: "me" }, [], options, request);
}
