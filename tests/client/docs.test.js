// docs/client.md: its code as it stands there, taken out and run.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createClient } from "loyalty-edge";
import { createSandbox } from "loyalty-edge/sandbox";
import { at } from "../../scripts/lib/paths.js";
import { ID, account, json, rejection } from "./stub.js";

const page = readFileSync(at("docs", "client.md"), "utf8");
const blocks = [...page.matchAll(/^```js\n\/\/ (\S+)\n([^]*?)^```$/gm)];

// Inside the checkout, where `loyalty-edge` is found by its name.
mkdirSync(at("test-results"), { recursive: true });
const folder = mkdtempSync(at("test-results", "docs-client-"));
after(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');

const load = (name) => {
  const [, , code] = blocks.find(([, known]) => known === name) ?? assert.fail(`no ${name}`);
  writeFileSync(join(folder, name), code);
  return import(pathToFileURL(join(folder, name)).href);
};

test("every block has a name and a test", () => {
  assert.equal([...page.matchAll(/^```js$/gm)].length, blocks.length);
  assert.deepEqual(
    blocks.map(([, name]) => name),
    ["lists.js", "resume.js", "preview.js", "token.js", "shared.js", "listen.js"],
  );
});

test("lists", async (t) => {
  const sandbox = await createSandbox({ seed: 4, accounts: 60 });
  t.after(() => sandbox.close());
  const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
  let lost = 0;
  const client = createClient({
    proxy: "https://proxy.example",
    retryBudget: 0,
    fetch: async (url, init) => {
      if ((lost += 1) === 3) throw new TypeError("lost");
      const all = { ...headers, "content-type": "application/json" };
      return sandbox.fetch(url.replace("https://proxy.example", "http://sandbox"), {
        ...init,
        headers: all,
      });
    },
  });
  const { richest } = await load("lists.js");
  const { names, prices } = await richest(client);
  const sorted = names.toSorted(([, a], [, b]) => b - a);
  assert.deepEqual([names.length, names], [3, sorted]);
  assert.ok(prices.length >= sandbox.rewards.length);
  const { all } = await load("resume.js");
  const shown = new Set();
  let count = 0;
  lost = 1; // the second page is lost once
  assert.equal(await all(client, ({ _id }) => ((count += 1), shown.add(_id))), true);
  assert.ok(count > 100 && shown.size === count, `${count}, ${shown.size}`);
});

test("what an action would pay", async () => {
  const { label } = await load("preview.js");
  const said = (more) => {
    const answer = { amount: 5, payable: false, needsProof: false, ...more };
    const fetch = async () => json(answer);
    return label(createClient({ proxy: "/loyalty", fetch }), "daily-visit");
  };
  assert.equal(await said({ payable: true }), "Earn 5 points");
  assert.equal(await said({ retryAt: "2030-01-02T00:00:00.000Z" }), "Again at 00:00 UTC");
  assert.equal(await said({}), "You have had these");
});

test("a token that ended", async () => {
  const session = { token: "old", refresh: async () => void (session.token = "new") };
  const fetch = async (_, { headers }) =>
    headers.Authorization === "Bearer new" ? json({ account }) : json({}, 401);
  const { makeClient } = await load("token.js");
  assert.equal((await makeClient(session, { fetch }).accounts.getAccount(ID))._id, ID);
});

test("reads that are shared", async () => {
  let sent = 0;
  const fetch = async () => {
    sent += 1;
    return json({ account: { ...account, points: { ...account.points, balance: sent } } });
  };
  const { balances } = await load("shared.js");
  // The third is answered at once, and asked for again behind it; the fourth asks anew.
  assert.deepEqual(await balances({ token: "ada" }, { fetch }), [1, 1, 1, 3]);
});

test("listening", async () => {
  const lines = [];
  const { makeClient } = await load("listen.js");
  const fetch = async () => json({ code: "NOT_FOUND", requestId: "r-1" }, 404);
  const { accounts } = makeClient((...line) => lines.push(line), { fetch });
  await rejection(accounts.getAccount(ID));
  assert.deepEqual(
    lines.map(([what, operation, ...more]) => [what, operation, more.includes(404)]),
    [
      ["answer", "getAccount", true],
      ["error", "getAccount", true],
    ],
  );
});
