// P12: hundreds of tokens, made anew with each run, judged by every runtime, each alike.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RUNTIMES, everywhere } from "./everywhere.js";
import { NAMES, makeVectors } from "./vectors/make.js";

let data;
let place;
before(async () => {
  data = await makeVectors();
  place = everywhere(new URL("./vectors/judge.js", import.meta.url), data);
});
after(() => place?.remove());

test("p12_there_are_enough_vectors_and_each_algorithm_has_its_share", () => {
  const { vectors } = data;
  assert.ok(vectors.length >= 300, `${vectors.length} vectors`);
  assert.equal(new Set(vectors.map(([name]) => name)).size, vectors.length, "each has a name");
  for (const name of NAMES) {
    const share = vectors.filter(([each]) => each.startsWith(`${name}: `));
    assert.equal(share.filter(([, , isGood]) => isGood).length, 5, name);
    assert.ok(share.length >= 50, `${name}: ${share.length}`);
  }
});

test("p12_the_algorithms_are_all_that_the_proxy_takes", async () => {
  const { SUPPORTED_ALGORITHMS } = await import("../../pkg/proxy/identify/jwt.js");
  assert.deepEqual([...SUPPORTED_ALGORITHMS].sort(), [...NAMES].sort());
});

for (const runtime of RUNTIMES) {
  test(`p12_vectors_on_${runtime}`, async () => {
    const verdicts = await place[runtime]();
    const right = data.vectors.map(([name, , isGood]) => [name, isGood ? "accepted" : "refused"]);
    assert.deepEqual(verdicts, right);
  });
}
