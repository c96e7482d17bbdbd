// SECURITY.md names the tests that hold each rule: they are there, by those names.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { at } from "../../scripts/lib/paths.js";

/** Rows of the table: rule, names. */
function rows() {
  const text = readFileSync(at("SECURITY.md"), "utf8");
  const [, table] = text.split("## Which test holds which rule");
  const lines = table.split("\n## ")[0].matchAll(/^\| (P\d+) \| (.+) \|$/gm);
  return [...lines].map(([, rule, names]) => [
    rule,
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  ]);
}

/** Everything in which a test can stand. */
function sources() {
  const crates = readdirSync(at("crates")).flatMap((crate) => [
    join("crates", crate, "src"),
    join("crates", crate, "tests"),
  ]);
  const texts = [];
  for (const folder of ["tests", "src", ...crates]) {
    if (!existsSync(at(folder))) continue; // a crate without tests/ of its own
    const names = readdirSync(at(folder), { recursive: true });
    for (const name of names.filter((name) => /\.(rs|js)$/.test(name))) {
      if (basename(name) === "rules.test.js") continue;
      texts.push(readFileSync(at(folder, name), "utf8"));
    }
  }
  return texts.join("\n");
}

test("every test that SECURITY.md names is there", () => {
  const all = sources();
  const table = rows();
  assert.ok(table.length >= 22, `${table.length} rows`);
  for (const [rule, names] of table) {
    assert.ok(names.length > 0, rule);
    for (const name of names) {
      const written = [`fn ${name}(`, `"${name}"`, `\`${name}\``].some((text) =>
        all.includes(text),
      );
      assert.ok(written, `${rule}: there is no test ${name}`);
    }
  }
  assert.equal(new Set(table.map(([rule]) => rule)).size, table.length, "a rule has one row");
});

test("the table, for whoever reads the output", (t) => {
  for (const [rule, names] of rows()) t.diagnostic(`${rule}: ${names.join(", ")}`);
  assert.ok(rows().length > 0);
});
