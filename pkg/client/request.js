// What goes out: the payload that the core has checked, in path and body or in path and query string.
import { toText } from "./arguments.js";
import { begin } from "./core.js";
import { LoyaltyError, refused } from "./errors.js";

/** Pairs of a query string: dotted keys for what an object holds, repeated keys for lists. */
const pairs = (value, key) => {
  if (value === null) return [];
  if (typeof value !== "object") return [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`];
  return Object.entries(value).flatMap(([name, inner]) =>
    pairs(inner, Array.isArray(value) ? key : key ? `${key}.${name}` : name),
  );
};

/**
 * @param {import("./method.js").Method} method
 * @param {unknown[]} args
 * @param {string} key Fills in a missing key of the body.
 * @returns {{ path: string, body?: string }}
 */
export function requestOf({ number, args: names, path, effect }, args, key) {
  const { said, wrong } = begin(number, toText(args), key);
  if (wrong) throw refused(wrong, names);
  // What the path names is the payload's first field. The core has seen that it is a GUID or an action's name:
  // nothing that a path could misread, and nothing that a query string would have to write otherwise.
  const [first, name, value] = /^{"(\w+)":"([\w-]*)",?/.exec(said) ?? [];
  const to = path.replace("{}", value);
  // The proxy's own method has it in the path alone.
  if (effect) return { path: to, body: name === "action" ? `{${said.slice(first.length)}` : said };
  if (first?.length === said.length - 1) return { path: `${to}?${name}=${value}` };
  try {
    const query = pairs(JSON.parse(said), "").join("&");
    return { path: query ? `${to}?${query}` : to };
  } catch (cause) {
    // Half a surrogate pair is no text.
    throw new LoyaltyError("INVALID_ARGUMENT", "The arguments can't be written in a URL.", {
      cause,
    });
  }
}
