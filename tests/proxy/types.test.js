// The type test of the proxy, under the three ways that TypeScript finds modules in.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const tsc = at("../../node_modules/typescript/bin/tsc");

for (const [resolution, module] of [
  ["bundler", "esnext"],
  ["node16", "node16"],
  ["nodenext", "nodenext"],
]) {
  test(`the types hold under ${resolution}`, () => {
    const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
    const how = [
      "--module",
      module,
      "--moduleResolution",
      resolution,
      "--lib",
      "es2022,dom,dom.iterable",
    ];
    const { status, stdout } = spawnSync(
      process.execPath,
      [tsc, ...flags, ...how, at("types.test-d.ts")],
      { encoding: "utf8" },
    );
    assert.equal(stdout, "");
    assert.equal(status, 0);
  });
}
