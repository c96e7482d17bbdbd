// P22 for traces and metrics: neither a secret, nor anybody's id, nor a word that a request can say freely is in a name,
// an attribute, an event, a link or a label, whatever the upstream answers.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { apiKey, custom, memoryStore } from "loyalty-edge/proxy";
import { startTelemetry } from "../proxy/otel.js";
import {
  A,
  B,
  POLICY,
  REWARD,
  SITE,
  TRANSACTION_A,
  call,
  fresh,
  makeProxy,
  stub,
} from "../proxy/support.js";
import { UPSTREAMS, spellings } from "./canary.js";

// Each stands in a request, in a policy's subject or in an answer of the upstream.
const word = (name) => `canary-${name}-${randomBytes(9).toString("hex")}`;
const SAID = {
  key: word("key"),
  token: word("token"),
  subject: word("subject"),
  parameter: word("parameter"),
  field: word("field"),
  idempotency: word("idempotency"),
  agent: word("agent"),
  path: word("path"),
  query: word("query"),
  action: word("action").slice(0, 60),
  method: "CANARYMETHOD",
  state: word("state"),
  client: word("client"),
  cookie: word("cookie"),
  error: word("error"),
  store: word("store"),
  address: "203.0.113.77",
  email: "1@example.com",
  random: randomUUID(),
};
const IDS = [A, B].flatMap(Object.values).concat(REWARD, TRANSACTION_A, SITE);

const REQUESTS = [
  ["GET", "/loyalty-accounts/v1/accounts/my-account"],
  ["GET", `/loyalty-accounts/v1/accounts/${A.accountId}`],
  ["GET", `/loyalty-accounts/v1/accounts/${B.accountId.toUpperCase()}`],
  ["GET", `/loyalty-accounts/v1/accounts/${SAID.random}?fieldsets=${SAID.query}`],
  ["GET", `/loyalty-accounts/v1/accounts/fetch-by?contactId=${B.contactId}`],
  ["GET", `/loyalty-transactions/v1/loyalty-transactions/${TRANSACTION_A}`],
  ["GET", "/me"],
  ["GET", `/me?include=${SAID.query}`],
  ["GET", `/${SAID.path}/${A.accountId}`],
  ["GET", `/actions/${SAID.action}`],
  ["GET", "/healthz?ready"],
  ["GET", "/openapi.json"],
  ["OPTIONS", `/${SAID.path}/${A.accountId}`],
  [SAID.method, `/actions/tap`],
  [
    "POST",
    "/loyalty-transactions/v1/loyalty-transactions/query",
    { query: { filter: { accountId: A.accountId } } },
  ],
  ["POST", "/loyalty-accounts/v1/accounts/search", { [SAID.field]: 1 }],
  [
    "POST",
    `/loyalty-accounts/v1/accounts/${A.accountId}/adjust-points`,
    { amount: 5, description: SAID.subject },
  ],
  ["POST", "/loyalty-coupons/v1/coupons/redeem-my-coupon", { rewardId: REWARD }],
  ["POST", "/actions/tap", { subject: SAID.subject, parameters: { a: SAID.parameter } }],
  ["POST", "/actions/write-review", { subject: SAID.subject }],
  ["POST", `/actions/${SAID.action}`, {}],
  ["POST", "/webhooks", { a: SAID.field }],
];

const named = (message) =>
  Object.assign(new Error(message), { name: SAID.error, code: SAID.error });

for (const [name, answer] of Object.entries(UPSTREAMS)) {
  test(`p22_telemetry_tells_of_nobody_when_the_upstream_${name.replaceAll(" ", "_")}`, async (t) => {
    const { telemetry, spans, figures } = startTelemetry(t);
    const memory = memoryStore();
    const { proxy, upstream } = makeProxy({
      telemetry: { ...telemetry, incoming: "trust" },
      policy: { ...POLICY, limits: { callerPerMinute: 10_000, upstreamPerMinute: 100_000 } },
      credential: apiKey({ key: SAID.key, siteId: SITE }),
      identify: custom(({ token }) => {
        if (token === SAID.error) throw named(SAID.token);
        if (token === null || token === SAID.token) return token && { role: "member", ...A };
        return { role: token, memberId: B.memberId };
      }),
      confirm: {
        "review-exists": () => {
          throw named(SAID.subject);
        },
      },
      clientAddress: () => SAID.address,
      audit() {},
      store: {
        ...memory,
        put: () => Promise.reject(named(SAID.store)),
        settle: () => Promise.reject(named(SAID.store)),
      },
      answer: (seen) => (seen.path.endsWith("/earn-points") ? stub(seen) : answer(seen)),
      webhooks: { publicKey: PEM, instanceIds: [SAID.random] },
    });
    for (const who of [SAID.token, SAID.error, "staff", "admin"]) {
      for (const [method, path, body] of REQUESTS) {
        const headers = {
          "idempotency-key": `${SAID.idempotency}-${fresh()}`,
          "user-agent": SAID.agent,
          "x-loyalty-client": `${SAID.client}/1`,
          cookie: SAID.cookie,
          traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "access-control-request-method": method === "OPTIONS" ? "POST" : undefined,
          tracestate: `canary=${SAID.state},${A.memberId}`,
        };
        await call(proxy, [method, path], who, { body, headers });
      }
    }
    await proxy.earn({ memberId: A.memberId }, "tap", { subject: SAID.subject }).catch(() => {});
    await proxy.earn({ memberId: A.memberId }, SAID.action, { subject: "x" }).catch(() => {});
    await proxy.reverse(TRANSACTION_A, SAID.subject).catch(() => {});

    const told = spans().map(({ name, attributes, events, links, status }) => ({
      name,
      attributes,
      events,
      links,
      status,
    }));
    const metrics = Object.fromEntries(await figures());
    assert.ok(told.length > 500 && metrics["loyalty.verdicts"].length > 10);
    assert.ok(
      upstream.some(({ headers }) => headers.authorization === SAID.key),
      "it was used",
    );
    const text = JSON.stringify([told, metrics]).toLowerCase();
    const wanted = [...Object.values(SAID), ...IDS].flatMap(spellings);
    const hits = wanted.filter((each) => text.includes(each.toLowerCase()));
    assert.deepEqual(hits, []);
    assert.ok(
      !/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/.test(text),
      "nobody's id, not even a request's",
    );
    assert.ok(JSON.stringify(spellings(SAID.subject)).includes(SAID.subject), "the search finds");
  });
}

const PEM = `-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL0NoXjHPnDtFNTyuE4NRmkQCqi7xvBB
-----END PUBLIC KEY-----`;
