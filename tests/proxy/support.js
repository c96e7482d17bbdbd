// What proxy tests share: a proxy over a recorded stub of the upstream, and callers by plain words.
import { apiKey, createProxy as ours, custom } from "loyalty-edge/proxy";

export const ORIGIN = "https://shop.example";
export const KEY = "test-credential-8d1f";
export const SITE = "0b0e9a3e-0000-4000-8000-000000000001";

export const id = (digit) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;
export const A = { memberId: id(1), contactId: id(2), accountId: id(3) };
export const B = { memberId: id(4), contactId: id(5), accountId: id(6) };
export const REWARD = id(7);
export const TRANSACTION_A = id(8);
export const TRANSACTION_B = id(9);
export const MY_ACCOUNT = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
export const PROGRAM = ["GET", "/loyalty-programs/v1/program"];
export const NOWHERE = "00000000-0000-4000-8000-00000000dead";

/** Tokens by name: what `identify` says of each. */
const CALLERS = {
  a: { role: "member", memberId: A.memberId, contactId: A.contactId },
  b: { role: "member", memberId: B.memberId, contactId: B.contactId },
  nobody: { role: "member", memberId: NOWHERE },
  staff: { role: "staff", memberId: id("a") },
  admin: { role: "admin", memberId: id("b") },
  "a-with-token": { role: "member", ...pick(A), upstreamToken: "OauthNG.JWS.of-a" },
};

function pick({ memberId, contactId }) {
  return { memberId, contactId };
}

export const POLICY = {
  grants: {
    visitor: ["getLoyaltyProgram"],
    member: [
      "getCurrentMemberAccount",
      "getAccount:own",
      "getAccountBySecondaryId:own",
      "queryLoyaltyTransactions:own",
      "getLoyaltyTransaction:own",
      "queryLoyaltyCoupons:own",
      "listRewards",
      "getCurrentMemberCoupons",
      "redeemCurrentMemberPointsForCoupon",
      "redeemPointsForCoupon:own",
      "earn:daily-visit",
      "earn:write-review",
      "earn:tap",
    ],
    staff: ["getAccount", "createAccount", "queryLoyaltyAccounts", "earnPoints", "adjustPoints"],
    admin: ["*"],
  },
  actions: {
    "daily-visit": { amount: 5, description: "Daily visit", limit: { perMemberPerDay: 1 } },
    "write-review": {
      amount: 50,
      description: "Wrote a review",
      activityType: "review",
      limit: { perMemberPerDay: 3, perSubject: 1 },
      confirm: "review-exists",
    },
    tap: { amount: 1, description: "Tapped", limit: { perMemberPerDay: 5 } },
  },
  limits: { memberPointsPerDay: 120 },
};

/** An account as the stub has it. */
export function accountOf({ memberId, contactId, accountId }, balance = 100) {
  return {
    id: accountId,
    memberId,
    contactId,
    points: { balance, earned: balance, adjusted: 0, redeemed: 0, expired: 0 },
    rewardAvailable: false,
    revision: "1",
    contact: { id: contactId, email: `${memberId.slice(0, 1)}@example.com` },
  };
}

/** A transaction as the stub has it. */
export function transactionOf(accountId, transactionId, more = {}) {
  return { id: transactionId, accountId, amount: 5, transactionType: "EARN", ...more };
}

const found = (account) => Response.json({ account: accountOf(account) });
const notFound = () =>
  Response.json(
    { message: "no", details: { applicationError: { code: "NOT_FOUND", description: "no" } } },
    { status: 404 },
  );

/** The stub's own answers: two members, a transaction each, every earn granted. */
export function stub({ method, path, query, body }) {
  const account = [A, B].find(
    ({ accountId, memberId, contactId }) =>
      path.endsWith(`/accounts/${accountId}`) ||
      (query.get("memberId") ?? "-") === memberId ||
      (query.get("contactId") ?? "-") === contactId,
  );
  if (method === "GET" && path.includes("/loyalty-accounts/v1/accounts/")) {
    if (path.endsWith("/my-account")) return found(A);
    return account === undefined ? notFound() : found(account);
  }
  if (path.endsWith("/earn-points")) {
    const paid = [A, B].find(({ accountId }) => accountId === body.accountId);
    const after = accountOf(paid, 100 + body.amount);
    return Response.json({ account: after, transactionId: TRANSACTION_A });
  }
  if (path.endsWith("/adjust-points")) {
    return Response.json({ account: accountOf(A), transactionId: TRANSACTION_A });
  }
  if (path.endsWith("/loyalty-transactions/query")) {
    const whose = body.query.filter?.accountId ?? A.accountId;
    return Response.json({
      loyaltyTransactions: [transactionOf(whose, TRANSACTION_A)],
      pagingMetadata: { count: 1, cursors: {}, hasNext: false },
    });
  }
  if (path.includes("/loyalty-transactions/v1/loyalty-transactions/")) {
    const owner = { [TRANSACTION_A]: A, [TRANSACTION_B]: B }[path.split("/").at(-1)];
    if (owner === undefined) return notFound();
    const loyaltyTransaction = transactionOf(owner.accountId, path.split("/").at(-1));
    return Response.json({ loyaltyTransaction });
  }
  if (path.endsWith("/v1/program")) return Response.json({ loyaltyProgram: THE_PROGRAM });
  if (path.endsWith("/v1/rewards")) return Response.json({ rewards: [] });
  if (path.endsWith("/coupons/query")) return Response.json({ loyaltyCoupons: [], metadata: {} });
  if (path.endsWith("/accounts/query")) {
    return Response.json({ loyaltyAccounts: [accountOf(A), accountOf(B)] });
  }
  if (path.endsWith("/my-coupons")) return Response.json({ loyaltyCoupons: [] });
  if (path.endsWith("/redeem-my-coupon") || path.endsWith("/v1/coupons")) {
    return Response.json({ coupon: COUPON });
  }
  return Response.json({ message: "the stub has none" }, { status: 501 });
}

const THE_PROGRAM = { name: "Points", pointDefinition: {}, status: "ACTIVE" };
const COUPON = {
  id: id("c"),
  accountId: A.accountId,
  couponReference: { couponId: id("d"), code: "C" },
  status: "ACTIVE",
  rewardName: "Reward",
};

/** A proxy whose upstream is `answer`, with what went up recorded. */
export function makeProxy({ answer = stub, createProxy = ours, ...options } = {}) {
  const upstream = [];
  const logs = [];
  const clock = { now: Date.parse("2030-01-01T10:00:00Z") };
  const proxy = createProxy({
    credential: apiKey({ key: KEY, siteId: SITE }),
    identify: custom(({ token }) =>
      token === null ? { role: "visitor" } : (CALLERS[token] ?? null),
    ),
    origins: [ORIGIN],
    upstream: "http://127.0.0.1:9",
    policy: POLICY,
    confirm: { "review-exists": () => true },
    // Tests count calls upstream; those of the cache say what they keep.
    cache: { accountMs: 0, catalogMs: 0 },
    now: () => clock.now,
    log: (line) => logs.push(line),
    async fetch(request) {
      const url = new URL(request.url);
      const text = await request.text();
      const seen = {
        method: request.method,
        url: request.url,
        path: url.pathname,
        query: url.searchParams,
        headers: Object.fromEntries(request.headers),
        body: text === "" ? undefined : JSON.parse(text),
        redirect: request.redirect,
      };
      upstream.push(seen);
      return answer(seen, upstream.length);
    },
    ...options,
  });
  return { proxy, upstream, logs, clock, call: (...args) => call(proxy, ...args) };
}

/**
 * One request as our client sends it: `["POST", "/actions/tap"]`, who, body, more headers. A header that is
 * `undefined` is left out.
 */
export async function call(proxy, [method, path], who, { body, headers = {}, raw } = {}) {
  const all = {
    origin: ORIGIN,
    "x-loyalty-client": "test/1.0",
    authorization: who === undefined ? undefined : `Bearer ${who}`,
    "content-type": method === "POST" ? "application/json" : undefined,
    ...headers,
  };
  const sent = Object.entries(all).filter(([, value]) => value !== undefined);
  const response = await proxy.fetch(
    new Request(`${ORIGIN}/loyalty${path}`, {
      method,
      headers: sent,
      body: method === "POST" ? (raw ?? JSON.stringify(body ?? {})) : undefined,
    }),
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    json: text === "" ? undefined : JSON.parse(text),
  };
}

let keys = 0;
/** A fresh idempotency key. */
export const fresh = () => `key-${(keys += 1)}`;

/** An action as our client sends it. */
export function earn(call, action, who, { key = fresh(), body = {}, headers } = {}) {
  return call(["POST", `/actions/${action}`], who, {
    body,
    headers: { "idempotency-key": key, ...headers },
  });
}
