// C1–C11 on seven engines: the same cases, the same code, and a table of what was proven where, which is also in
// test-results/client-rules.json for `node scripts/rules.js C`. In browsers under a strict Content-Security-Policy.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { at, root } from "../../scripts/lib/paths.js";
import { numbersOf } from "../../scripts/lib/rules.js";
import { engines as browsers } from "../browser/engines.js";
import { serveSite } from "../browser/site.js";
import { cases, runRules } from "../client/cases/index.js";
import { askWorker } from "../stores/worker.js";
import { bun, deno } from "./programs.js";

const run = promisify(execFile);
const MAIN = join("tests", "runtimes", "rules-main.js");
const RULES = Array.from({ length: 11 }, (_, index) => `C${index + 1}`);

async function program([command, ...before], args) {
  const options = { cwd: root, env: { ...process.env, NO_COLOR: "1" } };
  const { stdout } = await run(command, [...before, ...args], options);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

function workerd() {
  const code = readFileSync(at("tests", "runtimes", "rules-worker.js"), "utf8");
  return askWorker(code, at("tests", "runtimes"));
}

// The policy holds: what a page must not do under it is refused there.
const PAGE = `
  let strict = false;
  try { new Function("return 1"); } catch { strict = true; }
  const { runRules } = await import("/tests/client/cases/index.js");
  globalThis.finished = await runRules().then(
    (result) => ({ ...result, strict, agent: navigator.userAgent }),
    (error) => ({ failed: [{ name: "the page", why: String(error?.stack ?? error) }] }),
  );`;

async function page(open, mark) {
  const site = await serveSite(PAGE, { strict: true });
  try {
    const result = await open(site.url);
    assert.deepEqual(result.failed, []);
    assert.equal(result.strict, true, "the page is under the policy");
    assert.match(result.agent, mark);
    return result;
  } finally {
    await site.close();
  }
}

const ENGINES = {
  Node: () => program([process.execPath], [MAIN]),
  Chromium: () => page(browsers.chromium, /Chrome\//),
  Firefox: () => page(browsers.firefox, /Firefox\//),
  WebKit: () => page(browsers.webkit, /AppleWebKit\/(?!.*Chrome)/),
  workerd,
  Deno: () =>
    program(deno(), ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", MAIN]),
  Bun: () => program(bun(), ["run", MAIN]),
};

const proven = {};
for (const [engine, measure] of Object.entries(ENGINES)) {
  test(`c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 hold on ${engine}`, async () => {
    const { passed, failed } = await measure();
    assert.deepEqual(failed, []);
    assert.deepEqual(passed, Object.keys(cases));
    proven[engine] = passed;
  });
}

test("a case that fails is told of, and so is one that hangs on nothing", async () => {
  const { passed, failed } = await runRules({
    async wrong() {
      throw new Error("wrong on purpose");
    },
    async right() {},
  });
  assert.deepEqual(passed, ["right"]);
  assert.match(failed[0].why, /wrong on purpose/);
});

test("every rule has its cases, and the table says where they ran", (t) => {
  const rows = RULES.map((rule) => {
    const names = Object.keys(cases).filter((name) => numbersOf(name).includes(rule));
    const where = Object.keys(ENGINES).filter((engine) =>
      names.every((name) => proven[engine]?.includes(name)),
    );
    return { rule, names, where };
  });
  for (const { rule, names, where } of rows) {
    t.diagnostic(`${rule.padEnd(4)} ${names.length} cases on ${where.join(", ")}`);
    assert.ok(names.length > 0, `${rule} has no case`);
    assert.deepEqual(where, Object.keys(ENGINES), rule);
  }
});

after(() => {
  mkdirSync(at("test-results"), { recursive: true });
  writeFileSync(at("test-results", "client-rules.json"), `${JSON.stringify(proven, null, 2)}\n`);
});
