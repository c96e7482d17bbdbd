// The record of the last soak run that was kept: it has to be a whole one, and a clean one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/lib/paths.js";

test("l12 the recorded run of `npm run soak -- kill9` killed a hundred times and lost nothing", () => {
  const record = JSON.parse(readFileSync(at("tests", "soak", "kill9.json"), "utf8"));
  assert.ok(record.kills >= 100, `only ${record.kills} kills`);
  assert.ok(record.acknowledged > 0, "a run that wrote nothing can lose nothing");
  assert.deepEqual({ lost: record.lost, broken: record.broken }, { lost: 0, broken: 0 });
});
