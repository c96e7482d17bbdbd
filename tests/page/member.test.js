import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { become, openDemo, shownBalance, startBoth } from "./demo.js";

describe("a member on the demo page", () => {
  let both, demo, browser, tab, page;
  before(async () => {
    both = startBoth();
    [demo, browser] = await both.started;
  });
  after(async () => {
    await both?.stop();
  });
  beforeEach(async () => {
    tab = await openDemo(browser, demo.ready.demo);
    page = tab.page;
  });
  afterEach(async () => {
    await tab.close();
    assert.deepEqual(tab.complaints, []);
  });

  /** The account as the ledger has it. @param {any} member */
  async function account(member) {
    const response = await demo.call(`/loyalty-accounts/v1/accounts/${member.accountId}`, {
      token: demo.ready.staff.token,
    });
    assert.equal(response.status, 200);
    return (await response.json()).account;
  }

  test("reads the balance and the history", async () => {
    const [ada] = demo.ready.members;
    await become(page, ada.name);
    const { points } = await account(ada);
    assert.equal(await shownBalance(page), points.balance);
    const parts = await page.locator(".parts dd").allTextContents();
    assert.deepEqual(
      parts.map((text) => Number(text.replaceAll(",", "").replace("−", "-"))),
      [points.earned, points.adjusted, points.redeemed, points.expired],
    );

    const response = await demo.call("/loyalty-transactions/v1/loyalty-transactions/query", {
      token: ada.token,
      method: "POST",
      body: { query: { cursorPaging: { limit: 100 } } },
    });
    const { loyaltyTransactions } = await response.json();
    assert.ok(loyaltyTransactions.length > 0, "the fixture has a history");
    const rows = page.locator("[data-transaction]");
    await rows.first().waitFor();
    const more = page.getByRole("button", { name: "Show more" });
    while (await more.isVisible()) {
      const shown = await rows.count();
      await more.click();
      await page.waitForFunction(
        (count) =>
          document.querySelectorAll("[data-transaction]").length > count ||
          document.body.textContent.includes("That is all of it."),
        shown,
      );
    }
    const ids = await rows.evaluateAll((all) => all.map((row) => row.dataset.transaction));
    assert.deepEqual(ids.toSorted(), loyaltyTransactions.map(({ id }) => id).toSorted());
  });

  test("earns by an action, sees the new balance and the transaction", async () => {
    const ben = demo.ready.members[1];
    await become(page, ben.name);
    const before = await shownBalance(page);
    await page.locator("[data-transaction]").first().waitFor();
    const old = await page.locator("[data-transaction]").first().getAttribute("data-transaction");

    await page.locator('[data-action="write-review"]').click();
    await page.getByText("Wrote a review: 50 points earned.").waitFor();
    assert.equal(await shownBalance(page), before + 50);
    await page.waitForFunction(
      (id) => document.querySelector("[data-transaction]")?.dataset.transaction !== id,
      old,
    );
    const first = page.locator("[data-transaction]").first();
    assert.match(await first.textContent(), /Wrote a review.*\+50/);
    assert.equal((await account(ben)).points.balance, before + 50);
    assert.match(await page.locator("#live").textContent(), /Earned|balance/);
  });

  test("p05 earns once where the policy says once, and is told so", async () => {
    const chloe = demo.ready.members[2];
    await become(page, chloe.name);
    const before = await shownBalance(page);
    const button = page.locator('[data-action="daily-visit"]');
    await button.click();
    await page.getByText("Daily visit: 5 points earned.").waitFor();
    await button.click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.textContent(), /Enough of that for now.*LIMIT_REACHED/);
    assert.equal(await shownBalance(page), before + 5);
    assert.equal((await account(chloe)).points.balance, before + 5);
  });

  test("earns once by a double click", async () => {
    const dmitri = demo.ready.members[3];
    await become(page, dmitri.name);
    const before = await shownBalance(page);
    let earns = 0;
    // Slow enough that the second click comes while the first is under way.
    await page.route("**/loyalty/actions/**", async (route) => {
      earns += 1;
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
      await route.continue();
    });
    await page.locator('[data-action="write-review"]').dblclick();
    await page.getByText("50 points earned.").waitFor();
    assert.equal(earns, 1);
    assert.equal((await account(dmitri)).points.balance, before + 50);
  });

  test("signs out by becoming a visitor, who sees the program and no points", async () => {
    await become(page, demo.ready.members[0].name);
    await page.locator("#balance").waitFor();
    await become(page, "Visitor");
    await page.getByText(/Status: ACTIVE/).waitFor();
    assert.equal(await page.locator("#balance").count(), 0);
  });
});

describe("a read that fails", () => {
  let both, demo, browser, tab, page;
  before(async () => {
    both = startBoth();
    [demo, browser] = await both.started;
  });
  after(async () => {
    await both?.stop();
  });
  beforeEach(async () => {
    tab = await openDemo(browser, demo.ready.demo);
    page = tab.page;
  });
  afterEach(() => tab.close());

  const html = "<!doctype html><h1>Bad gateway</h1>";
  const failures = [
    ["no connection", (route) => route.abort("connectionrefused")],
    [
      "an HTML error",
      (route) => route.fulfill({ status: 502, contentType: "text/html", body: html }),
    ],
    [
      "an HTML success",
      (route) => route.fulfill({ status: 200, contentType: "text/html", body: html }),
    ],
    ["a null", (route) => route.fulfill({ status: 200, json: null })],
    ["an empty object", (route) => route.fulfill({ status: 200, json: {} })],
    ["an account without points", (route) => route.fulfill({ status: 200, json: { account: {} } })],
  ];
  for (const [name, answer] of failures) {
    test(`c05 by ${name} shows an error and never 0 points`, async () => {
      const [ada] = demo.ready.members;
      await page.route("**/loyalty/**", answer);
      await become(page, ada.name);
      const alert = page.locator(".card").getByRole("alert");
      await alert.waitFor();
      assert.match(await alert.textContent(), /Your balance can't be read\..*[A-Z]{3,}/);
      assert.equal(await page.locator("#balance").count(), 0);
      assert.doesNotMatch(await page.locator(".card").textContent(), /\b0\b(?! *points? is)/);

      // Beside it, the same page with a proxy that answers.
      await page.unroute("**/loyalty/**");
      await alert.getByRole("button", { name: "Try again" }).click();
      await page.locator("#balance").waitFor();
      assert.ok((await shownBalance(page)) > 0);
    });
  }

  test("c05 because everything is down says so on sign-in too", async () => {
    await become(page, demo.ready.members[0].name);
    await page.locator("#balance").waitFor();
    await page.context().setOffline(true);
    await page.locator("#who").getByRole("button", { name: demo.ready.members[1].name }).click();
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").textContent(), /Sign-in failed/);
    assert.equal(await page.locator("#balance").count(), 0);
  });
});
