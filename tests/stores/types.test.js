// The type test of the stores: the real clients fit, what is none does not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { at } from "../../scripts/lib/paths.js";

const tsc = at("node_modules", "typescript", "bin", "tsc");

for (const [resolution, module] of [
  ["bundler", "esnext"],
  ["nodenext", "nodenext"],
]) {
  test(`the types of the stores hold under ${resolution}`, () => {
    const flags = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2023,dom"];
    const how = ["--module", module, "--moduleResolution", resolution, "--types", "node"];
    // The clients' own declarations are theirs to check.
    const args = [
      tsc,
      ...flags,
      ...how,
      "--skipLibCheck",
      join("tests", "stores", "types.test-d.ts"),
    ];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: at(), encoding: "utf8" });
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });
}
