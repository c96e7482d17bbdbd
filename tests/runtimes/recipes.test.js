// The recipes of the sandbox's read-me, taken out of it and run as they stand.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { at } from "../../scripts/lib/paths.js";
import { vitest } from "./programs.js";

// Inside the checkout, where `loyalty-edge` is found by its name.
mkdirSync(at("test-results"), { recursive: true });
const folder = mkdtempSync(at("test-results", "recipes-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const readme = readFileSync(at("pkg", "sandbox", "README.md"), "utf8");

/** The first block of JavaScript below a heading. */
function recipe(heading) {
  const section = readme.split(`\n### ${heading}\n`)[1];
  assert.ok(section, `no section ${heading}`);
  const [, code] = section.match(/```js\n(.*?)```/s) ?? [];
  assert.ok(code, `no code below ${heading}`);
  return code;
}

function run([program, ...args]) {
  // Without the mark of node's own runner, which would make a recipe's tests part of this one.
  const rest = { ...process.env };
  delete rest.NODE_TEST_CONTEXT;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...rest, NODE_ENV: "test", CHROMIUM: "/usr/bin/chromium", NO_COLOR: "1" },
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout;
}

describe("recipes", () => {
  it("Vitest", () => {
    writeFileSync(join(folder, "loyalty.test.js"), recipe("Vitest"));
    const out = run([...vitest(), "run", "--root", folder, "--reporter=json"]);
    const { numPassedTests, numTotalTests } = JSON.parse(out.slice(out.indexOf("{")));
    assert.deepEqual([numPassedTests, numTotalTests], [2, 2]);
  });

  it("Playwright", () => {
    writeFileSync(join(folder, "page.test.js"), recipe("Playwright"));
    const out = run([process.execPath, "--test", "--test-reporter=tap", "page.test.js"]);
    assert.match(out, /^# pass 1$/m);
  });
});
