import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Stamp } from "../../scripts/lib/stamp.js";

test("an output is current only if it was made from these very inputs, and is still there", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-stamp-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [input, output] = ["input", "output"].map((name) => join(folder, name));
  const stamp = () => new Stamp("part", [input], [output], join(folder, "stamps"));

  writeFileSync(input, "one");
  assert.equal(stamp().isCurrent(), false, "nothing was built");
  writeFileSync(output, "made of one");
  assert.equal(stamp().isCurrent(), false, "an output that nobody vouches for");
  stamp().write();
  assert.equal(stamp().isCurrent(), true);

  utimesSync(input, new Date(), new Date());
  assert.equal(stamp().isCurrent(), true, "a clock is no content");
  writeFileSync(input, "two");
  assert.equal(stamp().isCurrent(), false, "another input");
  writeFileSync(input, "one");
  writeFileSync(output, "edited");
  assert.equal(stamp().isCurrent(), false, "an output that was edited");
  rmSync(output);
  assert.equal(stamp().isCurrent(), false, "an output that is gone");
});
