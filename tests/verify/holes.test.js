// A proxy with every defence, and a hole in it: `verify` finds the hole, and nothing where there is none.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { attacks } from "../../pkg/cli/verify/attacks/index.js";
import { HOLES } from "./bad-proxy/holes.js";
import { createStage } from "./stage.js";

let stage;
before(async () => {
  stage = await createStage();
});
after(() => stage.close());

/** The classes that the hole's own attacks are of, and what looks through all answers. */
const near = (found) => {
  const classes = attacks.flatMap(({ name, class: of }) => (found.includes(name) ? [of] : []));
  const all = classes.every((of) => of === "answers")
    ? ["tokens", "answers"]
    : [...classes, "answers"];
  return attacks.filter(({ class: of }) => all.includes(of));
};

const names = (findings, result) =>
  findings.filter(({ verdict }) => verdict.result === result).map(({ attack }) => attack.name);

describe("the bad proxy", () => {
  test("p38_with_all_holes_closed_nothing_gets_through_and_nothing_is_skipped", async () => {
    const { findings } = await stage.attack([]);
    assert.equal(findings.length, attacks.length);
    const told = findings.filter(({ verdict }) => verdict.result !== "refused");
    assert.deepEqual(
      told.map(({ attack, verdict }) => [attack.name, verdict]),
      [],
    );
  });

  for (const [hole, { is, found, more }] of Object.entries(HOLES)) {
    test(`p38_${hole}: ${is}`, async () => {
      const { findings } = await stage.attack([hole], near(found));
      const through = names(findings, "through");
      for (const name of found) assert.ok(through.includes(name), `${name} did not find it`);
      const strange = through.filter((name) => !found.includes(name) && !more?.test(name));
      assert.deepEqual(strange, [], "found what is not there");
    });
  }
});

test("p38_there_are_at_least_60_attacks_and_25_kinds_of_hole", () => {
  assert.ok(attacks.length >= 60 && Object.keys(HOLES).length >= 25);
  assert.equal(new Set(attacks.map(({ name }) => name)).size, attacks.length, "names are unique");
  for (const { name, about, mend, rule } of attacks) {
    assert.match(name, /^[a-z0-9-]+$/);
    assert.match(rule, /^P\d+$/);
    assert.ok(about.length > 8 && mend.length > 20, name);
  }
  const known = new Set(attacks.map(({ name }) => name));
  for (const { found } of Object.values(HOLES))
    for (const name of found) assert.ok(known.has(name), name);
});

test("p38_every_class_of_attack_has_a_hole_that_it_finds", () => {
  const found = new Set(Object.values(HOLES).flatMap(({ found: all }) => all));
  const classes = new Set(attacks.map(({ class: name }) => name));
  for (const name of classes) {
    assert.ok(
      attacks.some((attack) => attack.class === name && found.has(attack.name)),
      name,
    );
  }
});
