// What is written down of each call.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { A, B, SITE, earn, makeProxy, MY_ACCOUNT } from "./support.js";

describe("p35 audit", () => {
  test("p35_every_verdict_and_write_is_recorded", async () => {
    const records = [];
    const { call } = makeProxy({ audit: (record) => void records.push(record) });
    await earn(call, "tap", "a", { key: "k" });
    await call(["POST", `/loyalty-accounts/v1/accounts/${B.accountId}/adjust-points`], "a", {
      body: { amount: 5 },
    });
    assert.deepEqual(
      records.map(({ phase, operation, status, code }) => [phase, operation, status, code]),
      [
        ["intent", "earn", undefined, undefined],
        ["outcome", "earn", 200, undefined],
        ["outcome", "adjustPoints", 403, "PERMISSION_DENIED"],
      ],
    );
    const [, { caller, accountId, amount, action, site, at, after, transactionId }] = records;
    assert.deepEqual(
      { caller, accountId, amount, action, site, at, after },
      {
        caller: { role: "member", memberId: A.memberId, contactId: A.contactId },
        accountId: A.accountId,
        amount: 1,
        action: "tap",
        site: SITE,
        at: "2030-01-01T10:00:00.000Z",
        after: 101,
      },
    );
    assert.match(transactionId, /^[0-9a-f-]{36}$/);
  });

  test("p35_a_sink_that_fails_denies_writes_and_lets_reads_go", async () => {
    const audit = () => Promise.reject(new Error("disk full"));
    const { call, upstream, logs } = makeProxy({ audit });
    const got = await earn(call, "tap", "a");
    assert.deepEqual([got.status, got.json.code], [503, "UNAVAILABLE"]);
    assert.ok(!upstream.some(({ path }) => path.endsWith("/earn-points")));
    assert.equal((await call(MY_ACCOUNT, "a")).status, 200);
    assert.match(logs.join(), /audit failed/);
  });
});
