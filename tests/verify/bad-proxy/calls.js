import { ACTIONS, derived, keyOf } from "./ledger.js";
import { narrow, onlyFields, page, Problem } from "./requests.js";

/** What each route does, once caller and form are known. */

const A = "/loyalty-accounts/v1/accounts";
const T = "/loyalty-transactions/v1/loyalty-transactions";
const C = "/loyalty-coupons/v1/coupons";
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

const notFound = () => new Problem(404, "NOT_FOUND", "there is no such thing, or it is not yours");
const denied = () => new Problem(403, "PERMISSION_DENIED", "this is not granted to the caller");

/** The caller's own account, by the verified token. */
async function own({ caller, up, open, query }) {
  const asked = open("my-account-by-query") && query.get("memberId");
  const memberId = asked || caller.memberId;
  if (memberId === undefined) throw denied();
  const { account } = await up("GET", `${A}/fetch-by?memberId=${encodeURIComponent(memberId)}`);
  return account;
}

function onlyQuery({ query, open }, names) {
  const odd = [...query.keys()].find((name) => !names.includes(name));
  const meant =
    ["access_token", "_method", "memberId"].includes(odd) &&
    (open("token-in-query") || open("method-by-query") || open("my-account-by-query"));
  if (
    odd !== undefined &&
    !open("takes-unknown-fields") &&
    !meant &&
    !open("my-account-by-query")
  ) {
    throw new Problem(400, "INVALID_ARGUMENT", `${odd} is not a field of this request`);
  }
}

async function getAccount(call, [id]) {
  const { caller, up, open, query } = call;
  if (open("path-decoded") && !GUID.test(id)) return up("GET", `${A}/${decodeURIComponent(id)}`);
  if (!GUID.test(id)) throw new Problem(400, "INVALID_ARGUMENT", "id: is not an id");
  const wanted = id.toLowerCase();
  const repeated = query.get("id")?.toLowerCase();
  if (repeated !== undefined && repeated !== wanted) {
    if (!open("query-id-wins"))
      throw new Problem(400, "INVALID_ARGUMENT", "id: is not the one in the path");
    return up("GET", `${A}/${repeated}`);
  }
  onlyQuery(call, ["id"]);
  if (caller.role === "member" && !open("foreign-account")) {
    const mine = await own(call);
    if (open("tells-foreign-ids") && wanted !== mine.id) {
      await up("GET", `${A}/${wanted}`);
      throw denied();
    }
    if (wanted !== mine.id) throw notFound();
  }
  return up("GET", `${A}/${wanted}`);
}

async function fetchBy(call) {
  onlyQuery(call, ["contactId", "memberId"]);
  return call.up("GET", `${A}/fetch-by?${call.query}`);
}

async function listAccounts(call) {
  onlyQuery(call, ["contactIds", "cursorPaging.limit", "cursorPaging.cursor"]);
  return call.up("GET", `${A}?${call.query}`);
}

const forward = (path, fields) => async (call) => {
  onlyFields(call.body, fields, call.open);
  return call.up("POST", path, call.body);
};

async function queryTransactions(call) {
  const { caller, up, open, body } = call;
  onlyFields(body, ["query"], open);
  const { query = {} } = body;
  onlyFields(query, ["filter", "sort", "cursorPaging"], open);
  const paging = page(query.cursorPaging);
  if (caller.role !== "member") return up("POST", `${T}/query`, body);
  const mine = await own(call);
  const sort = query.sort;
  if (sort?.some(({ fieldName }) => fieldName === "accountId"))
    throw new Problem(400, "INVALID_ARGUMENT", "not to be sorted by");
  const asked = paging?.cursor
    ? { cursorPaging: paging }
    : { filter: narrow(query.filter, mine.id, open), sort, cursorPaging: paging };
  const answer = await up("POST", `${T}/query`, { query: asked });
  const foreign = answer.loyaltyTransactions.some(({ accountId }) => accountId !== mine.id);
  const unread = ["foreign-cursor", "filter-overwrites", "filter-unread", "filter-or"].some(open);
  if (foreign && !unread) throw denied();
  return answer;
}

async function getTransaction(call, [id]) {
  if (!GUID.test(id)) throw new Problem(400, "INVALID_ARGUMENT", "id: is not an id");
  const answer = await call.up("GET", `${T}/${id.toLowerCase()}`);
  if (call.caller.role === "member" && !call.open("foreign-transaction")) {
    const mine = await own(call);
    if (answer.loyaltyTransaction.accountId !== mine.id) throw notFound();
  }
  return answer;
}

async function adjust(call, [id]) {
  const { caller, open, body } = call;
  onlyFields(body, ["accountId", "amount", "balance", "description", "revision"], open);
  if (open("body-account-wins"))
    return call.up("POST", `${A}/${body.accountId}/adjust-points`, body);
  if (body.accountId !== undefined && body.accountId !== id)
    throw new Problem(400, "INVALID_ARGUMENT", "accountId: is not the one in the path");
  if (caller.role === "member" && !open("members-adjust-anyone")) {
    const mine = await own(call);
    if (mine.id !== id) throw notFound();
  }
  return call.up("POST", `${A}/${id}/adjust-points`, body);
}

async function earnPoints(call, [id]) {
  onlyFields(
    call.body,
    ["accountId", "amount", "appId", "idempotencyKey", "description", "activityType"],
    call.open,
  );
  return call.up("POST", `${A}/${id}/earn-points`, call.body);
}

async function redeemMine(call) {
  const { caller, body, open, up, books } = call;
  const key = keyOf(call.request, open);
  onlyFields(body, ["rewardId"], open);
  return books.once({ caller, operation: "redeem", key, payload: body }, async () => {
    const mine = await own(call);
    return up("POST", C, { rewardId: body.rewardId, loyaltyAccountId: mine.id });
  });
}

async function redeem(call) {
  const { body, open, up } = call;
  onlyFields(body, ["rewardId", "loyaltyAccountId"], open);
  return up("POST", C, body);
}

async function myCoupons(call) {
  onlyQuery(call, []);
  const mine = await own(call);
  const { loyaltyCoupons } = await call.up("POST", `${C}/query`, {
    query: { filter: { accountId: mine.id } },
  });
  return { loyaltyCoupons };
}

async function earn(call, [name]) {
  const { caller, body = {}, open, up, books, query } = call;
  if (query.size > 0 && !open("get-earns") && !open("method-by-query") && !open("method-override"))
    throw new Problem(400, "INVALID_ARGUMENT", "a query on a POST");
  const action = open("any-action")
    ? ACTIONS[name]
    : Object.hasOwn(ACTIONS, name)
      ? ACTIONS[name]
      : undefined;
  if (action === undefined) throw denied();
  const named = [
    "subject",
    "parameters",
    ...(open("page-names-amount") ? ["amount"] : []),
    ...(open("page-names-account") ? ["accountId"] : []),
  ];
  onlyFields(body, named, open);
  const { parameters } = body;
  const subject = body.subject ?? query.get("subject") ?? undefined;
  const plain = (value) => typeof value !== "object" || value === null;
  if (!open("any-parameters") && !open("deep-bodies")) {
    if (subject !== undefined && typeof subject !== "string")
      throw new Problem(400, "INVALID_ARGUMENT", "subject: must be a string");
    const isSound =
      parameters === undefined ||
      (!plain(parameters) && !Array.isArray(parameters) && Object.values(parameters).every(plain));
    if (!isSound) throw new Problem(400, "INVALID_ARGUMENT", "parameters: plain values only");
  }
  const key = keyOf(call.request, open);
  const day = new Date().toISOString().slice(0, 10);
  const payload = { subject, parameters };
  return books.once({ caller, operation: `earn:${name}`, key, payload }, () =>
    books.claim({ caller, action: name, subject, day }, async () => {
      const account = await own(call);
      const loose = ["racy-cap", "no-cap", "pays-again", "racy-key", "key-without-action"].some(
        open,
      );
      const id = (open("page-names-account") && body.accountId) || account.id;
      return up("POST", `${A}/${id}/earn-points`, {
        accountId: id,
        amount: Math.abs(Number((open("page-names-amount") && body.amount) || action.amount || 1)),
        description: name,
        appId: APP,
        idempotencyKey: loose
          ? crypto.randomUUID()
          : derived(id, name, action.perDay === 1 ? day : subject),
      });
    }),
  );
}

const READS = ["GET"];
const WRITES = ["POST"];
const everybody = ["visitor", "member", "staff", "admin"];
const members = ["member", "staff", "admin"];
const staff = ["staff", "admin"];
const admin = ["admin"];

/** @type {[methods: string[], path: RegExp, roles: string[], work: Function, hole?: [name: string, ...roles: string[]][]][]} */
export const ROUTES = [
  [
    READS,
    /^\/loyalty-programs\/v1\/program$/,
    everybody,
    (call) => call.up("GET", "/loyalty-programs/v1/program"),
  ],
  [
    READS,
    /^\/loyalty-rewards\/v1\/rewards$/,
    members,
    async (call) => {
      onlyQuery(call, ["cursorPaging.limit"]);
      page({ limit: Number(call.query.get("cursorPaging.limit") ?? 50) });
      return call.up("GET", "/loyalty-rewards/v1/rewards");
    },
  ],
  [
    READS,
    /^\/loyalty-accounts\/v1\/accounts\/my-account$/,
    members,
    async (call) => {
      onlyQuery(call, []);
      return { account: await own(call) };
    },
  ],
  [
    READS,
    /^\/loyalty-accounts\/v1\/accounts\/fetch-by$/,
    staff,
    fetchBy,
    [["fetch-by-anyone", "member"]],
  ],
  [
    READS,
    /^\/loyalty-accounts\/v1\/accounts\/program-totals$/,
    staff,
    (call) => call.up("GET", `${A}/program-totals`),
  ],
  [
    READS,
    /^\/loyalty-accounts\/v1\/accounts$/,
    admin,
    listAccounts,
    [["members-search", "member"]],
  ],
  [
    WRITES,
    /^\/loyalty-accounts\/v1\/accounts$/,
    staff,
    forward(A, ["contactId"]),
    [["members-create", "member"]],
  ],
  [
    WRITES,
    /^\/loyalty-accounts\/v1\/accounts\/query$/,
    staff,
    forward(`${A}/query`, ["query"]),
    [["members-search", "member"]],
  ],
  [
    WRITES,
    /^\/loyalty-accounts\/v1\/accounts\/search$/,
    staff,
    forward(`${A}/search`, ["search"]),
    [["members-search", "member"]],
  ],
  [
    WRITES,
    /^\/loyalty-accounts\/v1\/accounts\/count$/,
    staff,
    forward(`${A}/count`, ["filter", "search"]),
    [["members-search", "member"]],
  ],
  [
    WRITES,
    /^\/loyalty-accounts\/v1\/accounts\/bulk-adjust$/,
    admin,
    forward(`${A}/bulk-adjust`, ["amount", "balance", "search"]),
    [["bulk-for-all", ...everybody]],
  ],
  [
    WRITES,
    /^\/loyalty-accounts\/v1\/accounts\/([^/]+)\/earn-points$/,
    admin,
    earnPoints,
    [["members-earn", "member"]],
  ],
  [
    WRITES,
    /^\/loyalty-accounts\/v1\/accounts\/([^/]+)\/adjust-points$/,
    staff,
    adjust,
    [
      ["members-adjust", "member"],
      ["members-adjust-anyone", "member"],
      ["body-account-wins", "member"],
    ],
  ],
  [READS, /^\/loyalty-accounts\/v1\/accounts\/([^/]+)$/, members, getAccount],
  [WRITES, /^\/loyalty-transactions\/v1\/loyalty-transactions\/query$/, members, queryTransactions],
  [READS, /^\/loyalty-transactions\/v1\/loyalty-transactions\/([^/]+)$/, members, getTransaction],
  [READS, /^\/loyalty-coupons\/v1\/coupons\/my-coupons$/, members, myCoupons],
  [WRITES, /^\/loyalty-coupons\/v1\/coupons\/redeem-my-coupon$/, members, redeemMine],
  [WRITES, /^\/loyalty-coupons\/v1\/coupons\/query$/, staff, forward(`${C}/query`, ["query"])],
  [WRITES, /^\/loyalty-coupons\/v1\/coupons$/, admin, redeem, [["redeem-from-anyone", "member"]]],
  [WRITES, /^\/actions\/([^/]+)$/, ["member"], earn, [["visitors-write", "visitor"]]],
];
