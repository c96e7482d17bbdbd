import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { GROUPS } from "../../www/attacks.js";
import { become, openDemo, startBoth } from "./demo.js";

const ATTACKS = GROUPS.flatMap(({ attacks }) => attacks);
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

/**
 * What may be done, beside what may not: the same call, rightly made, by somebody who may. Without
 * these a proxy that refuses everything would pass.
 *
 * @type {Record<string, (scene: { me: any, admin: any, visits: { token: string }[] }) => { path: string, method?: string, body?: unknown, token?: string, status?: number }>}
 */
const ALLOWED = {
  amount: ({ me, admin }) => ({
    path: `/loyalty-accounts/v1/accounts/${me.accountId}/earn-points`,
    token: admin.token,
    body: {
      accountId: me.accountId,
      amount: 500,
      appId: APP,
      idempotencyKey: crypto.randomUUID(),
    },
  }),
  "action-amount": ({ visits }) => ({
    path: "/actions/daily-visit",
    token: visits[0].token,
    body: {},
  }),
  adjust: ({ me, admin }) => ({
    path: `/loyalty-accounts/v1/accounts/${me.accountId}/adjust-points`,
    token: admin.token,
    body: { accountId: me.accountId, balance: 999_999 },
  }),
  bulk: ({ admin }) => ({
    path: "/loyalty-accounts/v1/accounts/bulk-adjust",
    token: admin.token,
    body: { search: { filter: { "points.balance": { $gte: 0 } } }, amount: 1000 },
  }),
  "read-account": ({ me }) => ({
    path: `/loyalty-accounts/v1/accounts/${me.accountId}`,
    token: me.token,
  }),
  "read-member": ({ me, admin }) => ({
    path: `/loyalty-accounts/v1/accounts/fetch-by?memberId=${me.memberId}`,
    token: admin.token,
  }),
  filter: ({ me }) => ({
    path: "/loyalty-transactions/v1/loyalty-transactions/query",
    token: me.token,
    body: { query: { filter: { accountId: me.accountId } } },
  }),
  "filter-or": ({ me, admin }) => ({
    path: "/loyalty-transactions/v1/loyalty-transactions/query",
    token: admin.token,
    body: {
      query: { filter: { $or: [{ accountId: me.accountId }, { transactionType: "EARN" }] } },
    },
  }),
  search: ({ admin }) => ({
    path: "/loyalty-accounts/v1/accounts/search",
    token: admin.token,
    body: { search: {} },
  }),
  garbage: myAccount,
  tampered: myAccount,
  "alg-none": myAccount,
  "no-header": myAccount,
  form: ({ visits }) => ({
    path: "/actions/daily-visit",
    token: visits[1].token,
    body: { subject: "form" },
  }),
  traversal: ({ me }) => ({
    path: `/loyalty-accounts/v1/accounts/${me.accountId}`,
    token: me.token,
  }),
  // The program is for visitors to see: no token at all.
  unlisted: () => ({ path: "/loyalty-programs/v1/program" }),
  oversized: ({ visits }) => ({
    path: "/actions/daily-visit",
    token: visits[2].token,
    body: {},
  }),
};

/** @param {{ me: any }} scene */
function myAccount({ me }) {
  return { path: "/loyalty-accounts/v1/accounts/my-account", token: me.token };
}

describe("what is forbidden", () => {
  let both, demo, browser;
  before(async () => {
    both = startBoth();
    [demo, browser] = await both.started;
  });
  after(async () => {
    await both?.stop();
  });

  for (const who of ["a member", "nobody in particular"]) {
    test(`is refused to ${who}, each with its code, and the ledger stays`, async () => {
      const { page, complaints, close } = await openDemo(browser, demo.ready.demo);
      if (who === "a member") await become(page, demo.ready.members[0].name);
      const before = await demo.ledger();
      await page.getByRole("button", { name: "Try them all" }).click();
      await page
        .getByText(/\d+ of \d+ refused\./)
        .first()
        .waitFor();

      for (const { id } of ATTACKS) {
        const line = await page.locator(`[data-attack="${id}"] .result-line`).textContent();
        assert.match(line, /^refused 4\d\d [A-Z][A-Z_]+$/, id);
      }
      const verdict = page.locator("#verdict p");
      assert.match(
        await verdict.textContent(),
        new RegExp(`^${ATTACKS.length} of ${ATTACKS.length} `),
      );
      assert.equal(await verdict.getAttribute("class"), "good");
      assert.deepEqual(await demo.ledger(), before);
      await close();
      assert.deepEqual(complaints, []);
    });
  }

  test("has its status: who you are is 401, what you may not is 403 or 404, what is wrong is 4xx", async () => {
    const { page, close } = await openDemo(browser, demo.ready.demo);
    await page.getByRole("button", { name: "Try them all" }).click();
    await page
      .getByText(/\d+ of \d+ refused\./)
      .first()
      .waitFor();
    const expected = {
      garbage: ["401"],
      tampered: ["401"],
      "alg-none": ["401"],
      adjust: ["403"],
      bulk: ["403"],
      search: ["403"],
      unlisted: ["404"],
      oversized: ["413"],
      form: ["415"],
    };
    for (const [id, statuses] of Object.entries(expected)) {
      const line = await page.locator(`[data-attack="${id}"] .result-line`).textContent();
      assert.ok(statuses.includes(line.split(" ")[1]), `${id}: ${line}`);
    }
    await close();
  });

  test("can be tried one by one, by keyboard", async () => {
    const { page, close } = await openDemo(browser, demo.ready.demo);
    const row = page.locator('[data-attack="adjust"]');
    await row.getByRole("button", { name: "Try: Adjust my own account" }).focus();
    await page.keyboard.press("Enter");
    await row.getByText(/^refused/).waitFor();
    assert.match(await page.locator("#live").textContent(), /Adjust my own account: refused 4/);
    await close();
  });

  test("would be told if something went through", async () => {
    const { page, close } = await openDemo(browser, demo.ready.demo);
    await page.route("**/bulk-adjust", (route) => route.fulfill({ json: { asyncJobId: "1" } }));
    await page.getByRole("button", { name: "Try them all" }).click();
    const verdict = page.locator("#verdict p");
    await page
      .getByText(/\d+ of \d+ refused\./)
      .first()
      .waitFor();
    assert.equal(await verdict.getAttribute("class"), "bad");
    const line = page.locator('[data-attack="bulk"] .result-line');
    assert.match(await line.textContent(), /^went through 200/);
    await close();
  });

  test("has its rightful twin, which succeeds", async () => {
    assert.deepEqual(Object.keys(ALLOWED).sort(), ATTACKS.map(({ id }) => id).sort());
    const { members, admin } = demo.ready;
    const scene = { me: members[0], admin, visits: members.slice(1, 4) };
    const { page, close } = await openDemo(browser, demo.ready.demo);
    for (const [id, make] of Object.entries(ALLOWED)) {
      const { path, token, body, status = 200 } = make(scene);
      // From the page, as the attacks are: the browser adds what it adds.
      const answer = await page.evaluate(
        async ({ url, token, body }) => {
          const response = await fetch(url, {
            method: body === undefined ? "GET" : "POST",
            body: body === undefined ? undefined : JSON.stringify(body),
            headers: {
              ...(token && { authorization: `Bearer ${token}` }),
              "x-loyalty-client": "test/1",
              ...(body !== undefined && {
                "content-type": "application/json",
                "idempotency-key": crypto.randomUUID(),
              }),
            },
          });
          return { status: response.status, text: await response.text() };
        },
        { url: demo.ready.proxy + path, token, body },
      );
      assert.equal(answer.status, status, `${id}: ${answer.text.slice(0, 300)}`);
    }
    await close();
  });
});
