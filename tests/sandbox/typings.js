// The official client's typings as data. They are generated in one layout, so a few patterns read them; a package
// that is laid out otherwise leaves nothing to compare, and the tests fail.
import { readFileSync, readdirSync } from "node:fs";

const folder = (group) =>
  new URL(`../../node_modules/@wix/auto_sdk_loyalty_${group}/build/es/`, import.meta.url);

/** The `@min 1` and the like of a comment, by name; of one that stands twice, all. */
function tagsOf(comment = "") {
  const tags = {};
  for (const [, name, value] of comment.matchAll(/@(\w+) ?([^\n*]*)/g)) {
    tags[name] = name in tags ? `${tags[name]} ${value.trim()}` : value.trim();
  }
  return tags;
}

/**
 * The typings of a group, `"accounts"` for one.
 *
 * @returns What an interface has, its parents' fields too (`type` and `tags` by name); the names of each enum; the tags
 *   of each function; and the whole text.
 */
export function typings(group) {
  const text = readdirSync(folder(group))
    .filter((name) => name.endsWith(".d.mts") && !/^(meta|index)\.d/.test(name))
    .map((name) => readFileSync(new URL(name, folder(group)), "utf8"))
    .join("\n");
  const interfaces = {};
  for (const [, name, parents = "", body] of text.matchAll(
    /^interface (\w+)(?: extends ([\w, ]+))? \{\n([\s\S]*?)^\}/gm,
  )) {
    const own = {};
    for (const [, comment, field, type] of body.matchAll(
      /^ {4}(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {4})?(\w+)\??: ([^\n]*);$/gm,
    )) {
      own[field] = { type: type.replace(/ \| null$/, ""), tags: tagsOf(comment) };
    }
    interfaces[name] = { parents: parents.split(", ").filter(Boolean), own };
  }
  const enums = {};
  for (const [, name, body] of text.matchAll(/^declare enum (\w+) \{\n([\s\S]*?)^\}/gm)) {
    enums[name] = [...body.matchAll(/= "(\w+)"/g)].map(([, value]) => value);
  }
  const functions = {};
  for (const [, comment, name] of text.matchAll(
    /^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\ndeclare function (\w+)\(/gm,
  )) {
    functions[name] = tagsOf(comment);
  }
  const fields = (name) => {
    const { parents = [], own } = interfaces[name] ?? {};
    return Object.assign({}, ...parents.map(fields), own);
  };
  return { fields, has: (name) => name in interfaces, enums, functions, text };
}

/** A path as the wire spells it: `tier._id` is `tier.id`. */
export const wire = (path) => path.replace(/(^|\.)_(id|createdDate|updatedDate)\b/g, "$1$2");
