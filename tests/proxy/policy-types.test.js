// The policy's types under the ways that TypeScript finds modules in.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const tsc = at("../../node_modules/typescript/bin/tsc");

for (const [resolution, module] of [
  ["bundler", "esnext"],
  ["node16", "node16"],
  ["nodenext", "nodenext"],
]) {
  test(`the policy's types hold under ${resolution}`, () => {
    const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
    const how = ["--module", module, "--moduleResolution", resolution, "--lib", "es2022,dom"];
    const file = at("policy-types.test-d.ts");
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, ...how, file], {
      encoding: "utf8",
    });
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });
}
