// Type tests, under the ways that TypeScript finds modules in: what compiles has to, and each `@ts-expect-error` must.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { at } from "../scripts/lib/paths.js";

const TSC = at("node_modules", "typescript", "bin", "tsc");
const STRICT = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
const BROWSER = "es2022,dom,dom.iterable";
const WAYS = [
  ["bundler", "esnext"],
  ["node16", "node16"],
  ["nodenext", "nodenext"],
];

/**
 * One test for each way.
 *
 * @param {string} what Whose types: `the policy's types`.
 * @param {string[]} file Its path, in parts.
 * @param {{ lib?: string, more?: string[] }} [options] `more` are other flags of the compiler.
 */
export function typesHold(what, file, { lib = BROWSER, more = [] } = {}) {
  for (const [resolution, module] of WAYS) {
    test(`${what} hold under ${resolution}`, () => {
      const how = ["--module", module, "--moduleResolution", resolution, "--lib", lib];
      const args = [TSC, ...STRICT, ...how, ...more, at(...file)];
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: at(), encoding: "utf8" });
      assert.equal(stdout, "");
      assert.equal(status, 0);
    });
  }
}
