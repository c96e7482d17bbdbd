// One member under many names, through the whole proxy: a cap is the account's, not the token's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { custom } from "loyalty-edge/proxy";
import { A, B, POLICY, earn, fresh, makeProxy } from "./support.js";

const CALLERS = {
  contact: { role: "member", contactId: A.contactId },
  member: { role: "member", memberId: A.memberId },
  both: { role: "member", memberId: A.memberId, contactId: A.contactId.toUpperCase() },
  staff: { role: "staff", memberId: A.memberId },
  other: { role: "member", contactId: B.contactId },
};
const NAMES = ["contact", "member", "both", "staff", "order by contact", "order by member"];
const policy = {
  ...POLICY,
  grants: { member: ["earn:tap"], staff: ["earn:tap"] },
  actions: { tap: { ...POLICY.actions.tap, limit: { perMemberPerDay: 1 } } },
};

function shop() {
  const { proxy, upstream, call } = makeProxy({
    policy,
    confirm: {},
    cache: {},
    identify: custom(({ token }) => CALLERS[token] ?? null),
  });
  const order = async (who) => {
    try {
      await proxy.earn(who, "tap", { idempotencyKey: fresh() });
      return "paid";
    } catch (error) {
      return error.code;
    }
  };
  const claim = async (name) => {
    if (name === "order by contact") return order({ contactId: A.contactId });
    if (name === "order by member") return order({ memberId: A.memberId });
    const { status, json } = await earn(call, "tap", name);
    return status === 200 ? "paid" : json.code;
  };
  const paid = () => upstream.filter(({ path }) => path.endsWith("/earn-points")).length;
  return { claim, paid, upstream };
}

test("p27_a_cap_is_one_for_a_member_by_contact_by_member_as_staff_and_for_orders", async () => {
  for (const first of NAMES) {
    for (const second of NAMES) {
      const { claim, paid } = shop();
      assert.equal(await claim(first), "paid", first);
      assert.equal(await claim(second), "LIMIT_REACHED", `${first}, then ${second}`);
      assert.equal(await claim("other"), "paid", "another member has a cap of his own");
      assert.equal(paid(), 2);
    }
  }
});

test("p27_all_names_at_once_pay_once", async () => {
  const { claim, paid } = shop();
  const results = await Promise.all([...NAMES, ...NAMES, ...NAMES].map(claim));
  assert.equal(results.filter((result) => result === "paid").length, 1);
  assert.ok(results.every((result) => ["paid", "LIMIT_REACHED"].includes(result)));
  assert.equal(paid(), 1);
});

test("p27_a_cap_that_is_reached_is_told_without_a_call_upstream", async () => {
  const { claim, upstream } = shop();
  assert.equal(await claim("member"), "paid");
  const calls = upstream.length;
  for (const name of NAMES) assert.equal(await claim(name), "LIMIT_REACHED", name);
  // Staff and orders are callers of their own: what is remembered is looked up once for each.
  assert.ok(upstream.length <= calls + 2, `${upstream.length - calls} calls`);
  const later = upstream.length;
  for (const name of NAMES) await claim(name);
  assert.equal(upstream.length, later);
});
