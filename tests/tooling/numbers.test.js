// Every numbered rule has a test that carries its number. The tables are part of the output: read them there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RULES, numbered, numbersOf, table, testNames } from "../../scripts/lib/rules.js";

for (const letter of Object.keys(RULES)) {
  test(`every rule ${letter}1 to ${letter}${RULES[letter]} has a test that carries its number`, () => {
    const { lines, missing } = table(letter);
    console.log(lines.join("\n"));
    assert.deepEqual(missing, []);
    assert.ok(lines.length > RULES[letter]);
  });
}

test("no test carries the number of a rule that there is not", () => {
  const known = Object.entries(RULES).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
  );
  assert.deepEqual(
    [...numbered().keys()].filter((rule) => !known.includes(rule)),
    [],
  );
});

test("names of tests are found in Rust and in JavaScript, and nothing else is taken for one", () => {
  const rust = `#[test]\nfn z14_one() {}\n/// Text.\n#[test]\n#[allow(x)]\nfn z01_z02_two() {}\nfn z15_helper() {}
    #[wasm_bindgen_test]\n    async fn z03_three() {}`;
  assert.deepEqual(testNames(rust, true), ["z14_one", "z01_z02_two", "z03_three"]);
  const script = `it("z14 one", f);\n  test(\n    'z01 two', f);\nit(\`z03 three\`, f);\nexit("z15 no"); /x/.test("z16 no");`;
  assert.deepEqual(testNames(script, false), ["z14 one", "z01 two", "z03 three"]);
});

test("a name carries the numbers that it begins with", () => {
  assert.deepEqual(numbersOf("p24_p27_fifty_claims"), ["P24", "P27"]);
  assert.deepEqual(numbersOf("l04 exactly once"), ["L4"]);
  assert.deepEqual(numbersOf("p1, p2 and p3: text"), ["P1", "P2"]);
  assert.deepEqual(numbersOf("adds 24 hours, as p24 asks"), []);
  assert.deepEqual(numbersOf("c5"), []);
});
