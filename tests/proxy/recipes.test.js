// The recipe of docs/operations.md for a payment provider's webhook, taken out of the page and run.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { apiKey, createProxy, custom } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { at } from "../../scripts/lib/paths.js";
import { ORIGIN } from "./support.js";

const page = readFileSync(at("docs", "operations.md"), "utf8");
const section = page.split("## Points for orders")[1].split("\n## ")[0];
const [, code] = section.match(/```js\n(\/\/ payments\.js\n[\s\S]*?)```/);
const [, policy] = section.match(/```json\n([\s\S]*?)```/);

test("the recipe for a payment webhook pays each order once and takes a refund back once", async (t) => {
  const { onPaid, onRefunded } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const sandbox = await createSandbox({ seed: 7, accounts: 5 });
  t.after(() => sandbox.close());
  const proxy = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: custom(() => ({ role: "visitor" })),
    origins: [ORIGIN],
    upstream: "http://127.0.0.1:9",
    policy: JSON.parse(policy),
    fetch: (request) => sandbox.fetch(request),
    log() {},
  });
  const [{ memberId, accountId }] = sandbox.members;
  const balance = async () => {
    const url = `http://s/loyalty-accounts/v1/accounts/${accountId}?id=${accountId}`;
    const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
    const { account } = await (await sandbox.fetch(new Request(url, { headers }))).json();
    return account.points.balance;
  };
  const before = await balance();
  const order = { id: "order-1", number: "1001", memberId, total: 120 };
  const transactionId = await onPaid(proxy, order);
  assert.equal(await onPaid(proxy, order), transactionId, "delivered twice");
  assert.equal(await balance(), before + 50);
  const paid = { ...order, transactionId };
  await onRefunded(proxy, paid);
  await onRefunded(proxy, paid);
  assert.equal(await balance(), before);
});
