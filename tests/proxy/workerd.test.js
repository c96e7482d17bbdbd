// The proxy in a real worker: bundled with the conditions of workerd, run by it, options from its environment.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { startWorker } from "../stores/worker.js";
import { A, B, KEY, ORIGIN, POLICY, SITE, fresh, stub } from "./support.js";

const WORKER = `
  import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";
  export default createProxy((env) => ({
    credential: apiKey({ key: env.KEY, siteId: env.SITE }),
    identify: jwt({ issuer: "https://login.example", audience: "shop", jwks: JSON.parse(env.JWKS) }),
    origins: ["${ORIGIN}"],
    upstream: env.UPSTREAM,
    policy: ${JSON.stringify(POLICY)},
    confirm: { "review-exists": () => true },
    store: memoryStore(),
    log: () => {},
  }));
`;

const seen = [];
let upstream;
let worker;
let stop;
let keys;

before(async () => {
  upstream = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname: path, searchParams: query } = new URL(request.url, "http://x");
    const { method, headers } = request;
    seen.push({ path, headers });
    const answer = stub({ method, path, query, body: text === "" ? undefined : JSON.parse(text) });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  });
  await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  keys = await generateKeyPair("ES256");
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), alg: "ES256", kid: "k" }] };
  const bindings = {
    KEY,
    SITE,
    JWKS: JSON.stringify(jwks),
    UPSTREAM: `http://127.0.0.1:${upstream.address().port}`,
  };
  const options = (code) => ({ ...code, bindings });
  ({ worker, stop } = await startWorker(WORKER, options, import.meta.dirname));
});

after(async () => {
  await stop?.();
  upstream?.close();
  upstream?.closeAllConnections();
});

async function token(sub) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: "ES256", kid: "k" })
    .setIssuer("https://login.example")
    .setAudience("shop")
    .setSubject(sub)
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(keys.privateKey);
}

// A body that is over the limit is answered before it is read to its end; if workerd closes the
// connection while miniflare still writes, miniflare sees the reset and not the answer: two times in five.
async function dispatch(url, init, attempts = 20) {
  try {
    return await worker.dispatchFetch(url, init);
  } catch (error) {
    if (error.cause?.code !== "ECONNRESET" || attempts === 1) throw error;
    return dispatch(url, init, attempts - 1);
  }
}

async function call([method, path], who, { body, headers } = {}) {
  const response = await dispatch(`https://edge.example/loyalty${path}`, {
    method,
    headers: {
      origin: ORIGIN,
      "x-loyalty-client": "test/1",
      ...(who === undefined ? {} : { authorization: `Bearer ${who}` }),
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

test("workerd: a member reads and earns, once", async () => {
  const a = await token(A.memberId);
  const read = await call(["GET", "/loyalty-accounts/v1/accounts/my-account"], a);
  assert.deepEqual([read.status, read.json.account?.id], [200, A.accountId], JSON.stringify(read));
  const headers = { "idempotency-key": fresh() };
  const line = ["POST", "/actions/daily-visit"];
  const first = await call(line, a, { body: {}, headers });
  const again = await call(line, a, { body: {}, headers });
  assert.deepEqual([first.status, again], [200, first]);
  const second = await call(line, a, { body: {}, headers: { "idempotency-key": fresh() } });
  assert.deepEqual([second.status, second.json.code], [403, "LIMIT_REACHED"]);
  assert.equal(seen.filter(({ path }) => path.endsWith("/earn-points")).length, 1);
  assert.ok(seen.every(({ headers: sent }) => sent.authorization === KEY));
});

test("workerd: what is refused on Node is refused there", async () => {
  const a = await token(A.memberId);
  for (const [line, who, options, status] of [
    [["GET", "/loyalty-accounts/v1/accounts/my-account"], undefined, {}, 403],
    [["GET", "/loyalty-accounts/v1/accounts/my-account"], `${a.slice(0, -6)}AAAAAA`, {}, 401],
    [["GET", `/loyalty-accounts/v1/accounts/${B.accountId}`], a, {}, 404],
    [["GET", "/loyalty-programs/v1/program"], undefined, { headers: { origin: "null" } }, 403],
    [["GET", "/healthz"], undefined, {}, 200],
    [
      ["POST", "/actions/tap"],
      a,
      { body: { amount: 5 }, headers: { "idempotency-key": "k" } },
      400,
    ],
    [["POST", "/actions/tap"], a, { body: { subject: "x".repeat(20_000) } }, 413],
  ]) {
    const got = await call(line, who, options);
    assert.equal(got.status, status, `${line} ${JSON.stringify(got.json)}`);
  }
});

test("workerd: fifty at once pay once", async () => {
  const b = await token(B.memberId);
  const before = seen.filter(({ path }) => path.endsWith("/earn-points")).length;
  const claims = Array.from({ length: 50 }, () =>
    call(["POST", "/actions/daily-visit"], b, {
      body: {},
      headers: { "idempotency-key": fresh() },
    }),
  );
  const statuses = (await Promise.all(claims)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  const paid = seen.filter(({ path }) => path.endsWith("/earn-points")).length;
  assert.equal(paid - before, 1);
});
