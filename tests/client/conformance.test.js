// The conformance cases against the JavaScript client, on Node.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import * as client from "loyalty-edge";
import { runCases } from "./conformance.js";

const folder = new URL("../conformance/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are cases for the 25 methods and for earn", () => {
  assert.equal(files.length, 26);
});

for (const name of files) {
  const file = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  test(`conformance: ${file.operation}`, async () => {
    const results = await runCases(client, file);
    assert.equal(results.length, file.cases.length);
    assert.ok(results.length > 0);
    const failures = results.filter(({ failure }) => failure);
    assert.deepEqual(
      failures.map(({ name, failure }) => `${name}: ${failure}`),
      [],
    );
  });
}
