// Which tests prove which rule. Rules are numbered, P for the proxy, C for the client, L for the sandbox, and a test that
// proves one begins with its number: `fn p05_…` in Rust, `it("p05 …")` in JavaScript. A number without a test is a rule
// that nobody holds.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { at } from "./paths.js";

/** How many rules there are of each letter. */
export const RULES = { P: 38, C: 12, L: 16 };

/** Where tests are. */
const PLACES = ["crates", "src", "tests"];
/** What is built, and the tests of these scripts, which are about names of tests. */
const NOT_THERE = /(^|[/\\])(node_modules|target|wasm|generated|tooling)([/\\]|$)/;

const RUST =
  /#\[(?:test|wasm_bindgen_test|tokio::test)[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:async\s+)?fn\s+(\w+)/g;
const JAVASCRIPT = /(?:^|[^\w.])(?:it|test)\(\s*(["'`])((?:\\.|(?!\1).)+)\1/gs;
const NUMBERS = /^(?:[a-z]\d{1,2}[ _,]+(?:and[ _]+)?)+/;

/** Cases that are plain functions by their names, so that every engine can run them. */
const CASES = /^\s*async (")((?:\\.|[^"])+)"\(\) \{$/gm;
const IS_CASES = /[/\\]cases[/\\]/;

/** The names of the tests in the text of a file. */
export function testNames(text, isRust) {
  if (isRust) return [...text.matchAll(RUST)].map(([, name]) => name);
  return [...text.matchAll(JAVASCRIPT)].map(([, , name]) => name);
}

/** The numbers that a name begins with, as in `p24_p27_…`, in capitals: P24, P27. */
export function numbersOf(name) {
  const [beginning = ""] = name.match(NUMBERS) ?? [];
  return [...beginning.matchAll(/([a-z])(\d{1,2})/g)].map(
    ([, letter, digits]) => `${letter.toUpperCase()}${Number(digits)}`,
  );
}

/** Every numbered test of the tree: from P5 to the names of its tests, with their files. */
export function numbered() {
  const found = new Map();
  for (const place of PLACES) {
    for (const path of readdirSync(at(place), { recursive: true }).sort()) {
      const isRust = path.endsWith(".rs");
      const isCases = IS_CASES.test(path) && path.endsWith(".js");
      if (NOT_THERE.test(path) || !(isRust || isCases || /\.(test|spec)\.js$/.test(path))) continue;
      const file = join(place, path);
      const text = readFileSync(at(file), "utf8");
      const names = isCases
        ? [...text.matchAll(CASES)].map(([, , name]) => name)
        : testNames(text, isRust);
      for (const name of names) {
        for (const rule of numbersOf(name)) {
          if (!found.has(rule)) found.set(rule, []);
          found.get(rule).push({ name, file });
        }
      }
    }
  }
  return found;
}

/** On which engines a case has passed, as the suite of the runtimes left it; the other tests run on one. */
export function enginesOf(file = at("test-results", "client-rules.json")) {
  const proven = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return (name) => Object.keys(proven).filter((engine) => proven[engine].includes(name));
}

/** The table of a letter, a line a test, and the rules that have none. */
export function table(letter, tests = numbered(), engines = enginesOf()) {
  const all = Array.from({ length: RULES[letter] }, (_, index) => `${letter}${index + 1}`);
  const lines = all.flatMap((rule) => {
    const its = tests.get(rule) ?? [];
    const rows = its.map(({ name, file }) => {
      const where = IS_CASES.test(file) ? engines(name) : [];
      const on = where.length > 0 ? `  on ${where.join(", ")}` : "";
      return `     ${name.replaceAll("_", " ")}  (${file})${on}`;
    });
    return [`${rule.padEnd(4)} ${its.length} ${its.length === 1 ? "test" : "tests"}`, ...rows];
  });
  return { lines, missing: all.filter((rule) => !tests.has(rule)) };
}
