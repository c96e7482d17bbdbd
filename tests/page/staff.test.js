import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { become, openDemo, startBoth } from "./demo.js";

describe("staff on the demo page", () => {
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

  /** @param {any} member */
  async function account(member) {
    const response = await demo.call(`/loyalty-accounts/v1/accounts/${member.accountId}`, {
      token: demo.ready.staff.token,
    });
    return (await response.json()).account;
  }

  /** Finds a member's account by name and opens it. @param {any} member */
  async function open(member) {
    await page.getByLabel("Search accounts").fill(member.name);
    await page.getByRole("button", { name: "Search", exact: true }).click();
    const hit = page.locator(`[data-account="${member.accountId}"]`);
    await hit.click();
    await page.locator("#selected-balance").waitFor();
  }

  const balance = async () =>
    Number((await page.locator("#selected-balance").textContent()).replace(/[^\d]/g, ""));

  for (const [index, who] of ["Staff", "Admin"].entries()) {
    test(`${who} searches, selects and adjusts`, async () => {
      const member = demo.ready.members[index];
      await become(page, who);
      await open(member);
      const before = await account(member);
      assert.equal(await balance(), before.points.balance);

      await page.getByLabel("Points to add or take").fill("25");
      await page.getByLabel("Reason").fill("A late parcel");
      await page.getByRole("button", { name: "Adjust", exact: true }).click();
      await page.getByText("Done.").waitFor();
      assert.equal(await balance(), before.points.balance + 25);

      const after = await account(member);
      assert.equal(after.points.balance, before.points.balance + 25);
      assert.equal(BigInt(after.revision), BigInt(before.revision) + 1n);
      const response = await demo.call("/loyalty-transactions/v1/loyalty-transactions/query", {
        token: member.token,
        method: "POST",
        body: { query: { filter: { transactionType: "ADJUST" }, cursorPaging: { limit: 1 } } },
      });
      const [transaction] = (await response.json()).loyaltyTransactions;
      assert.equal(transaction.description, "A late parcel");
    });
  }

  test("a stale revision is refused, the fresh figure shown, and the next try works", async () => {
    const member = demo.ready.members[2];
    await become(page, "Staff");
    await open(member);
    const before = await account(member);
    const elsewhere = await demo.call(
      `/loyalty-accounts/v1/accounts/${member.accountId}/adjust-points`,
      {
        token: demo.ready.admin.token,
        method: "POST",
        body: { accountId: member.accountId, amount: 7, revision: before.revision },
      },
    );
    assert.equal(elsewhere.status, 200);

    await page.getByLabel("Points to add or take").fill("10");
    await page.getByRole("button", { name: "Adjust", exact: true }).click();
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").textContent(), /Nothing was adjusted/);
    assert.equal(await balance(), before.points.balance + 7);
    assert.equal((await account(member)).points.balance, before.points.balance + 7);

    await page.getByRole("button", { name: "Adjust", exact: true }).click();
    await page.getByText("Done.").waitFor();
    assert.equal((await account(member)).points.balance, before.points.balance + 17);
  });

  test("more than the balance can't be taken", async () => {
    const member = demo.ready.members[3];
    await become(page, "Staff");
    await open(member);
    const before = await account(member);
    await page.getByLabel("Points to add or take").fill(String(-before.points.balance - 1));
    await page.getByRole("button", { name: "Adjust", exact: true }).click();
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").textContent(), /INSUFFICIENT_POINTS/);
    assert.deepEqual(await account(member), before);
  });

  test("a search without a hit says so", async () => {
    await become(page, "Staff");
    await page.getByLabel("Search accounts").fill("zzzzqqqq");
    await page.getByLabel("Search accounts").press("Enter");
    await page.getByText("No account matches.").waitFor();
    assert.equal(await page.locator("[data-account]").count(), 0);
  });
});
