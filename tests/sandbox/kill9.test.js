// L12 in short; `npm run soak -- kill9` kills a hundred times.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { audit } from "../soak/audit.js";
import { kill, killNine, ready, start } from "../soak/kill9.js";

const account = (balance, revision) => ({
  id: "a",
  contactId: "c",
  points: { balance, earned: balance, adjusted: 0, redeemed: 0, expired: 0 },
  revision: String(revision),
});

const row = (id, amount) => ({
  id,
  accountId: "a",
  amount,
  description: `mark ${id}`,
  idempotencyKey: `mark ${id}`,
  transactionType: "EARN",
});

const state = (rows, one) => ({
  accounts: [one],
  contacts: [{ contactId: "c", accountId: "a" }],
  totals: one.points,
  transactions: rows,
});

it(
  "l12 eight kills in the middle of writes and starts lose nothing",
  { timeout: 240_000 },
  async () => {
    const { kills, acknowledged, lost, broken } = await killNine({ kills: 8 });
    assert.deepEqual({ kills, lost, broken }, { kills: 8, lost: [], broken: [] });
    assert.ok(acknowledged > 20, `${acknowledged} acknowledged writes are too few to say anything`);
  },
);

it("l12 a second process is refused the file while the first has it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-second-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "site.db");
  const first = await ready(start(file));
  t.after(() => kill(first.child));
  const second = start(file);
  let complaint = "";
  second.stderr.on("data", (piece) => (complaint += piece));
  const [code] = await once(second, "close");
  assert.equal(code, 1);
  assert.match(complaint, /site\.db is in use: another sandbox has it open/);
});

it("l12 the audit sees what is lost, half there, or too much", () => {
  const whole = state([row("t1", 5), row("t2", 6)], account(11, 3));
  const empty = { transactions: [] };
  const write = (id, amount) => ({ account: "a", amount, mark: `mark ${id}`, id });
  const look = (records, now = whole) =>
    audit(now, { acknowledged: [], unknown: [], accounts: [], ...records }, empty);
  const both = [write("t1", 5), write("t2", 6)];

  assert.deepEqual(look({ acknowledged: both, accounts: ["a"] }), {
    lost: [],
    broken: [],
    applied: [],
    redeemed: [],
  });
  const { id, ...unanswered } = write("t2", 6);
  const found = look({ acknowledged: [both[0]], unknown: [unanswered] });
  assert.deepEqual(found, {
    lost: [],
    broken: [],
    applied: [{ ...unanswered, id }],
    redeemed: [],
  });

  assert.equal(look({ acknowledged: [...both, write("t3", 1)] }).lost.length, 1);
  assert.equal(look({ acknowledged: [{ ...both[0], revision: 4 }, both[1]] }).lost.length, 1);
  assert.equal(look({ acknowledged: both, accounts: ["b"] }).lost.length, 1);
  assert.equal(look({ acknowledged: [both[0]] }).broken.length, 1, "one that nobody asked for");
  assert.equal(look({ acknowledged: [both[0], write("t2", 7)] }).broken.length, 1);
  for (const [rows, one] of [
    [whole.transactions, account(10, 3)],
    [whole.transactions, account(11, 2)],
    [[row("t1", 5), { ...row("t2", 6), idempotencyKey: "mark t1" }], account(11, 3)],
  ]) {
    assert.notEqual(look({ acknowledged: both }, state(rows, one)).broken.length, 0);
  }
  const coupon = { id: "k", status: "ACTIVE", transactionId: "t3" };
  const paid = {
    ...row("t3", -5),
    transactionType: "REDEEM",
    redeemInfo: { referenceEntityId: "k" },
  };
  const spent = {
    ...state([...whole.transactions, paid], {
      ...account(11, 4),
      points: { balance: 6, earned: 11, adjusted: 0, redeemed: 5, expired: 0 },
    }),
    coupons: [coupon],
  };
  delete paid.idempotencyKey;
  const asked = { acknowledged: both, coupons: ["k"] };
  assert.deepEqual(look(asked, spent).broken, []);
  assert.equal(look({ ...asked, coupons: ["k", "l"] }, spent).lost.length, 1);
  assert.equal(look({ ...asked, coupons: [] }, spent).broken.length, 1, "nobody redeemed");
  assert.deepEqual(look({ ...asked, coupons: [], redeeming: 1 }, spent).redeemed, ["k"]);
  const pending = { id: "k", status: "PENDING" };
  assert.notEqual(look(asked, { ...spent, coupons: [pending] }).broken.length, 0);
  assert.notEqual(look(asked, { ...whole, coupons: [coupon] }).broken.length, 0);
  const totals = { ...whole.totals, earned: 12 };
  assert.equal(look({ acknowledged: both }, { ...whole, totals }).broken.length, 1);
});
