// A loyalty page in one round trip. Each part is checked as its own call's answer would be, and fails by itself.
import { parts as numbers } from "../generated/parts.js";
import { call, result } from "./call.js";
import { finish } from "./core.js";
import { toError } from "./errors.js";
import { invalid } from "./key.js";

const names = Object.keys(numbers);

/**
 * @type {typeof import("./index.js").me}
 * @this {unknown}
 */
export async function me({ include = names, ...options } = {}) {
  if (!Array.isArray(include) || !include.length || include.some((name) => !names.includes(name)))
    throw invalid("include", "ENUM", `must be a list of ${names.join(", ")}`);
  const wanted = [...new Set(include)];
  const read = (said) =>
    Object.fromEntries(wanted.map((name) => [name, part(numbers[name], said[name] ?? {})]));
  const request = { path: `/me?include=${wanted}`, read };
  return call(this, numbers.program, [], options, undefined, request);
}

/** What a part came to: a value, or an error that says who failed; never both, never neither. */
function part(operation, { status = 200, body = null }) {
  try {
    const text = JSON.stringify(body);
    const { said, problem } = finish(operation, status, text);
    if (problem) throw toError({ ...problem, status }, text);
    return { value: result(operation, said) };
  } catch (error) {
    return { error };
  }
}
