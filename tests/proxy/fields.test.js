// Whose data an answer carries, and which fields a request may have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { A, B, accountOf, fresh, makeProxy, MY_ACCOUNT } from "./support.js";

test("p06_a_members_answer_carries_nothing_of_others_and_nothing_unknown", async () => {
  const answer = () =>
    Response.json({
      account: {
        ...accountOf(A),
        neighbours: [accountOf(B)],
        contact: { id: A.contactId, note: "x" },
      },
      debug: accountOf(B),
    });
  const { call } = makeProxy({ answer });
  const got = await call(MY_ACCOUNT, "a");
  assert.equal(got.status, 200);
  assert.doesNotMatch(got.text, new RegExp(`${B.accountId}|neighbours|debug|note`));
});

test("p03_an_upstream_that_gives_another_account_is_not_believed", async () => {
  const { call } = makeProxy({ answer: () => Response.json({ account: accountOf(B) }) });
  const got = await call(MY_ACCOUNT, "a");
  assert.deepEqual([got.status, got.json.code], [502, "UPSTREAM_INVALID"]);
  assert.ok(!got.text.includes(B.accountId));
});

test("p06_unknown_fields_of_an_action_are_named", async () => {
  const { call, upstream } = makeProxy();
  for (const [body, field] of [
    ['{"subject":"x","points":5}', "points"],
    ['{"subject":"x","__proto__":{"amount":5}}', "__proto__"],
    ['{"subject":"x","parameters":{"__proto__":5}}', "parameters.__proto__"],
    ['{"subject":"x","parameters":{"a":{"b":1}}}', "parameters.a"],
    ['{"subject":"x","parameters":[1]}', "parameters"],
    ['{"subject":5}', "subject"],
    ['{"subject":""}', "subject"],
    ["{}", "subject"],
  ]) {
    const headers = { "idempotency-key": fresh() };
    const got = await call(["POST", "/actions/write-review"], "a", { raw: body, headers });
    assert.deepEqual([got.status, got.json.violations?.[0].field], [400, field], got.text);
  }
  assert.equal(upstream.length, 0);
});
