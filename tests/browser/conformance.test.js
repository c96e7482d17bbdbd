// The conformance cases against the JavaScript client, in Chromium and in Firefox.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { engines } from "./engines.js";
import { serveSite } from "./site.js";

const FOLDER = new URL("../conformance/", import.meta.url);
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, ...JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) }));

// Cases run one operation after the other; what a page can't do at all ends up in `error`. The last
// file is one that must fail: a page that compares nothing would pass everything else.
const PAGE = `
  try {
    const client = await import("loyalty-edge");
    const { runCases } = await import("/tests/client/conformance.js");
    const results = {};
    for (const name of ${JSON.stringify(files.map(({ name }) => name))}) {
      const response = await fetch("/tests/conformance/" + name);
      results[name] = await runCases(client, await response.json());
    }
    const wrong = { name: "wrong on purpose", args: ["not a GUID"], value: { points: 0 } };
    results.control = await runCases(client, { operation: "getAccount", cases: [wrong] });
    globalThis.finished = { agent: navigator.userAgent, results };
  } catch (error) {
    globalThis.finished = { error: String(error?.stack ?? error) };
  }
`;

for (const [engine, mark] of [
  ["chromium", /Chrome\//],
  ["firefox", /Firefox\//],
]) {
  test(engine, async (t) => {
    const site = await serveSite(PAGE);
    t.after(() => site.close());
    const { agent, results, error } = await engines[engine](site.url);
    assert.equal(error, undefined);
    assert.match(agent, mark);
    assert.equal(files.length, 26);

    for (const { name, operation, cases } of files) {
      await t.test(`${operation} in ${engine}`, () => {
        assert.ok(cases.length > 0);
        assert.deepEqual(
          results[name],
          cases.map((each) => ({ name: each.name })),
        );
      });
    }
    await t.test(`a wrong case is found wrong in ${engine}`, () => {
      assert.equal(results.control.length, 1);
      assert.match(results.control[0].failure, /INVALID_ARGUMENT|it failed/);
    });
  });
}
