// What an editor shows of a function: a sentence, each parameter, the codes it may reject with, the official page.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/lib/paths.js";
import { ErrorCodes } from "../../pkg/generated/codes.js";

const FOLDER = at("pkg", "generated", "operations");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".d.ts"));
const read = (...path) => readFileSync(at(...path), "utf8");

/** Exported functions of a file: name, the comment before it, the names of its parameters. */
function functions(text) {
  const found = text.matchAll(
    /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s*)?export (?:declare )?function (\w+)(?:<[^(]*>)?\(([^]*?)\): /g,
  );
  return [...found].map(([, comment = "", name, parameters]) => ({
    name,
    lines: comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trim()),
    parameters: [...parameters.matchAll(/(?:^|,\s|\n\s*)(\w+)\??: /g)].map(([, each]) => each),
  }));
}
/** A tag's text, with the lines that it goes on for. */
const tags = (lines, tag) =>
  lines
    .join("\n")
    .split(/\n(?=@)/)
    .filter((part) => part.startsWith(`@${tag} `))
    .map((part) => part.slice(tag.length + 2).replaceAll("\n", " "));

const sentence = ({ name, lines }) => {
  const first = lines.find((line) => line !== "");
  assert.match(first ?? "", /^[A-Z`][^]*[.:,;\w]$/, `${name} begins with no sentence`);
  assert.match(lines.join(" "), /\.(\s|$)/, `${name} has no whole sentence`);
};
const codesOf = (lines) =>
  [
    ...tags(lines, "throws")
      .join(" ")
      .matchAll(/`([A-Z_]+)`/g),
  ].map(([, code]) => code);

test("every function of the API says what it does, takes and rejects with, and where its page is", () => {
  const seen = new Set();
  for (const file of files) {
    for (const one of functions(read("pkg", "generated", "operations", file))) {
      const { name, lines, parameters } = one;
      seen.add(name);
      sentence(one);
      assert.match(
        tags(lines, "see").join(" "),
        /^https:\/\/dev\.wix\.com\/docs\/rest\/crm\/loyalty-program\//,
        `${name} has no link`,
      );
      if (parameters.length === 0) continue; // the builder: its find() rejects
      const told = new Map(tags(lines, "param").map((text) => text.split(/ ([^]*)/)));
      assert.deepEqual([...told.keys()], parameters, `${name}'s parameters`);
      for (const [parameter, text] of told)
        assert.match(text ?? "", /^[A-Z][^]+\.$/, `${name}: ${parameter} says nothing`);
      const codes = codesOf(lines);
      assert.ok(codes.length >= 2, `${name} names no codes`);
      for (const code of codes) assert.ok(code in ErrorCodes, `${name}: ${code} is no code`);
    }
  }
  assert.equal(seen.size, 26);
});

test("every function of ours does, too", () => {
  const text = read("pkg", "client", "index.d.ts");
  const own = functions(text);
  const names = own.map(({ name }) => name);
  assert.deepEqual(
    [...new Set(names)].sort(),
    ["configure", "createClient", "init", "isLoyaltyError", "iterate", "me"].sort(),
  );
  for (const one of own) {
    sentence(one);
    const { name, lines } = one;
    if (name === "isLoyaltyError" || name === "iterate") continue; // the first one of iterate's says it
    assert.ok(codesOf(lines).length > 0, `${name} names no codes`);
  }
  assert.ok(codesOf(own.find(({ name }) => name === "iterate").lines).length > 2);
  const [, points] = text.match(/export declare const points: \{([^]*?)\n\};/);
  for (const [, name] of points.matchAll(/readonly (\w+): \(/g)) {
    const [before] = points.split(`readonly ${name}:`);
    assert.match(before.trimEnd(), /\*\/$/, `points.${name} has no comment`);
  }
});

test("every field of a request or an answer says what it is", () => {
  const text = read("pkg", "generated", "types.d.ts");
  const interfaces = [...text.matchAll(/export interface (\w+) \{\n([^]*?)\n\}/g)].filter(
    ([, name]) => !/Fields(Kinds)?$/.test(name),
  );
  assert.ok(interfaces.length > 50);
  for (const [, name, body] of interfaces) {
    const fields = [...body.matchAll(/^ {2}(\w+)\??: .*;$/gm)];
    for (const { 1: field, index } of fields) {
      const before = body.slice(0, index).trimEnd();
      assert.match(before, /\*\/$/, `${name}.${field} has no comment`);
    }
  }
});
