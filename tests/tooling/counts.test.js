import assert from "node:assert/strict";
import { test } from "node:test";
import { cargo, complaint, node } from "../../scripts/lib/counts.js";

test("cargo: sums every binary's result, doc tests too", () => {
  const output = [
    "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
    "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out",
  ].join("\n");
  assert.deepEqual(cargo(output), { passed: 15, failed: 2, skipped: 1 });
});

test("cargo: reads wasm-bindgen's colours and its shorter line", () => {
  const output =
    "\u001b[32mtest result: ok. 4 passed; 0 failed; 0 ignored; 0 filtered out\u001b[0m\r\n";
  assert.deepEqual(cargo(output), { passed: 4, failed: 0, skipped: 0 });
});

test("cargo: a browser run that skipped its suite counts nothing", () => {
  assert.deepEqual(cargo("no tests to run!\n"), { passed: 0, failed: 0, skipped: 0 });
});

const summary = (pass, fail, { cancelled = 0, skipped = 0, todo = 0 } = {}) =>
  `ℹ tests 9\nℹ pass ${pass}\nℹ fail ${fail}\nℹ cancelled ${cancelled}\nℹ skipped ${skipped}\nℹ todo ${todo}\n`;

test("node: reads the summary", () => {
  assert.deepEqual(node(summary(7, 1, { cancelled: 1, skipped: 2, todo: 3 })), {
    passed: 7,
    failed: 2,
    skipped: 5,
  });
});

test("node: a file without a test is a failure, not a pass", () => {
  assert.deepEqual(node(`✔ tests/x/empty.test.js (40ms)\n${summary(3, 0)}`), {
    passed: 2,
    failed: 1,
    skipped: 0,
  });
});

test("node: output without a summary counts nothing", () => {
  assert.deepEqual(node("Error: cannot find module\n"), { passed: 0, failed: 0, skipped: 0 });
});

test("a suite passes only if something ran, nothing failed, nothing was skipped", () => {
  const cases = [
    [{ passed: 1, failed: 0, skipped: 0 }, undefined, undefined],
    [{ passed: 0, failed: 0, skipped: 0 }, undefined, "ran no test"],
    [{ passed: 9, failed: 0, skipped: 1 }, undefined, "1 skipped"],
    [{ passed: 9, failed: 2, skipped: 0 }, "exit code 1", "2 failed"],
    [{ passed: 9, failed: 0, skipped: 0 }, "exit code 1", "exit code 1"],
  ];
  for (const [counts, outcome, expected] of cases) {
    assert.equal(complaint(counts, outcome), expected);
  }
  const few = { passed: 119, failed: 0, skipped: 0 };
  assert.equal(complaint(few, undefined, 120), "ran 119 tests of at least 120");
  assert.equal(complaint({ ...few, passed: 120 }, undefined, 120), undefined);
});
