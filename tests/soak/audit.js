// What must hold in the export of a sandbox after a restart: the invariants of the ledger, and every
// acknowledged write.

/**
 * @typedef {{ account: string, amount: number, mark: string, id?: string, revision?: number }} Write
 * @param {any} state The export.
 * @param {{ acknowledged: Write[], unknown: Write[], accounts: string[], coupons?: string[],
 *   redeeming?: number }} records What was written; `redeeming` redemptions were sent and not answered.
 * @param {any} first The export of before the first write.
 * @returns {{ lost: string[], broken: string[], applied: Write[], redeemed: string[] }}
 */
export function audit(state, records, first) {
  const lost = [];
  const broken = [];
  const byId = new Map(state.transactions.map((row) => [row.id, row]));
  const byMark = new Map(state.transactions.map((row) => [row.description, row]));
  const accounts = new Map(state.accounts.map((row) => [row.id, row]));
  const expected = new Set(first.transactions.map(({ id }) => id));

  for (const write of records.acknowledged) {
    const row = byId.get(write.id);
    expected.add(write.id);
    if (row === undefined) lost.push(`transaction ${write.mark}`);
    else if (!isOf(row, write)) broken.push(`${write.mark} is not what was acknowledged`);
    const revision = Number(accounts.get(write.account)?.revision ?? 0);
    if (write.revision !== undefined && revision < write.revision)
      lost.push(`revision of ${write.mark}`);
  }
  for (const id of records.accounts) if (!accounts.has(id)) lost.push(`account ${id}`);

  const applied = [];
  for (const write of records.unknown) {
    const row = byMark.get(write.mark);
    if (row === undefined) continue;
    if (!isOf(row, write)) broken.push(`${write.mark} was applied by half`);
    expected.add(row.id);
    applied.push({ write, id: row.id });
  }
  const redeemed = coupons(state, records, first, { byId, expected, lost, broken });
  for (const id of byId.keys()) if (!expected.has(id)) broken.push(`nobody asked for ${id}`);
  if (byId.size !== state.transactions.length) broken.push("two transactions have one id");
  broken.push(...sums(state, accounts));
  for (const { write, id } of applied) write.id = id;
  return { lost, broken, applied: applied.map(({ write }) => write), redeemed };
}

/** Coupons and the redemptions that pay for them: both or neither. Says which there are that nobody acknowledged. */
function coupons(state, records, first, { byId, expected, lost, broken }) {
  const all = new Map((state.coupons ?? []).map((coupon) => [coupon.id, coupon]));
  for (const id of records.coupons ?? []) if (!all.has(id)) lost.push(`coupon ${id}`);
  for (const { id, status, transactionId } of all.values()) {
    const isPaid = status !== "PENDING" && status !== "FAILED";
    const row = byId.get(transactionId);
    expected.add(transactionId);
    if (isPaid !== (transactionId !== undefined)) broken.push(`${id} is ${status} by half`);
    if (isPaid && row?.redeemInfo?.referenceEntityId !== id) broken.push(`nothing paid for ${id}`);
  }
  const known = new Set([...(records.coupons ?? []), ...(first.coupons ?? []).map(({ id }) => id)]);
  const redeemed = [...all.keys()].filter((id) => !known.has(id));
  if (redeemed.length > (records.redeeming ?? 0)) broken.push(`nobody redeemed for ${redeemed}`);
  return redeemed;
}

const isOf = (row, { account, amount, mark }) =>
  row.accountId === account &&
  row.amount === amount &&
  row.description === mark &&
  (row.transactionType !== "EARN" || row.idempotencyKey === mark);

/** L1. */
function* sums({ transactions, contacts, totals, accounts: list }, accounts) {
  const moved = new Map();
  const keys = new Set();
  for (const { accountId, amount, idempotencyKey: key } of transactions) {
    const sum = moved.get(accountId) ?? { amount: 0, count: 0 };
    moved.set(accountId, { amount: sum.amount + amount, count: sum.count + 1 });
    if (key !== undefined && keys.size === keys.add(`${accountId} ${key}`).size) {
      yield `the key ${key} was used twice`;
    }
    if (!accounts.has(accountId)) yield `a transaction is of no account: ${accountId}`;
  }
  const all = { balance: 0, earned: 0, adjusted: 0, redeemed: 0, expired: 0 };
  const owners = new Map(contacts.map(({ contactId, accountId }) => [contactId, accountId]));
  for (const { id, points, revision, contactId } of list) {
    const { amount, count } = moved.get(id) ?? { amount: 0, count: 0 };
    const identity = points.earned + points.adjusted - points.redeemed - points.expired;
    if (points.balance < 0) yield `${id} is below 0`;
    if (points.balance !== identity) yield `${id} breaks the identity`;
    if (points.balance !== amount) yield `the transactions of ${id} are not its balance`;
    if (Number(revision) !== 1 + count)
      yield `the revision of ${id} is ${revision} after ${count} changes`;
    if (owners.get(contactId) !== id) yield `${id} and its contact disagree`;
    for (const part of Object.keys(all)) all[part] += points[part];
  }
  for (const part of Object.keys(all)) {
    if (all[part] !== totals[part]) yield `the accounts' ${part} are not the program's`;
  }
}
