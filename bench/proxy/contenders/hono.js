// What a careful developer writes by hand with Hono and jose: tokens verified once and remembered, callers counted,
// amounts from a table, a cap a day, answers repeated by key, and the payment's key derived. It checks no answer of
// upstream, keeps no audit, and knows nothing of concurrent claims: less than ours does, in the same two calls.
import { Hono } from "hono";
import { createLocalJWKSet, jwtVerify } from "jose";
import { earnPoints, secondaryId } from "../job.js";

const REMEMBERED = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * @param {any} settings
 * @param {(call: { method: string, path: string, headers: Record<string, string>, body?: string }) => Promise<{ status: number, text: string }>} forward
 *   The runtime's quickest way upstream.
 */
export function hono(settings, forward) {
  const { key, siteId, base, origin, perMinute, perDay, action } = settings;
  const verified = verifier(settings);
  const callers = window(MINUTE_MS);
  const all = window(MINUTE_MS);
  const claims = window(DAY_MS);
  const done = new Map();
  const common = { authorization: key, "wix-site-id": siteId, accept: "application/json" };
  const withBody = { ...common, "content-type": "application/json" };
  const app = new Hono().basePath(base);

  app.use(async (c, next) => {
    if (c.req.header("origin") !== origin) return c.json({ code: "ORIGIN" }, 403);
    if (c.req.header("x-loyalty-client") === undefined) return c.json({ code: "CLIENT" }, 403);
    const bearer = c.req.header("authorization");
    const payload = await verified(bearer?.startsWith("Bearer ") ? bearer.slice(7) : "");
    if (payload === undefined) return c.json({ code: "UNAUTHENTICATED" }, 401);
    if (!callers(payload.sub, perMinute)) return c.json({ code: "RATE_LIMITED" }, 429);
    c.set("member", payload.sub);
    c.header("access-control-allow-origin", origin);
    c.header("vary", "Origin");
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    return next();
  });

  const send = async (method, path, body) => {
    if (!all("", perMinute)) return { status: 503, text: '{"code":"BUDGET"}' };
    return forward({ method, path, headers: body === undefined ? common : withBody, body });
  };
  const say = (c, { status, text }) => c.body(text, status, { "content-type": "application/json" });

  app.get("/loyalty-accounts/v1/accounts/my-account", async (c) =>
    say(c, await send("GET", secondaryId(c.get("member")))),
  );

  app.post("/actions/:name", async (c) => {
    const member = c.get("member");
    const name = c.req.param("name");
    const own = c.req.header("idempotency-key");
    if (name !== "tap") return c.json({ code: "NOT_FOUND" }, 404);
    if (own === undefined) return c.json({ code: "KEY_MISSING" }, 400);
    const body = await c.req.json();
    if (Object.keys(body).length > 0) return c.json({ code: "INVALID" }, 400);
    const record = `${member} ${own}`;
    const before = done.get(record);
    if (before !== undefined) return say(c, before);
    if (!claims(`${member} ${name}`, perDay)) return c.json({ code: "LIMIT_REACHED" }, 403);
    const found = await send("GET", secondaryId(member));
    if (found.status !== 200) return say(c, found);
    const { id } = JSON.parse(found.text).account;
    const { amount, description, activityType, appId } = action;
    const idempotencyKey = await derived(`${siteId} ${id} ${name} ${own}`);
    const payment = { accountId: id, amount, description, activityType, appId, idempotencyKey };
    const paid = await send("POST", earnPoints(id), JSON.stringify(payment));
    if (paid.status === 200) done.set(record, paid);
    return say(c, paid);
  });
  return app;
}

/** Verified tokens by their text, the latest thousand; dates are looked at each time. */
function verifier({ issuer, audience, jwks }) {
  const keys = createLocalJWKSet(jwks);
  const known = new Map();
  return async (token) => {
    let payload = known.get(token);
    if (payload === undefined) {
      try {
        const options = { algorithms: ["ES256"], issuer, audience, requiredClaims: ["exp", "sub"] };
        ({ payload } = await jwtVerify(token, keys, options));
      } catch {
        return undefined;
      }
      known.set(token, payload);
      if (known.size > REMEMBERED) known.delete(known.keys().next().value);
    }
    const now = Date.now() / 1000;
    return payload.exp > now && !(payload.nbf > now) ? payload : undefined;
  };
}

/** Counts by name in a window of time; says whether there was room. */
function window(ms) {
  const counts = new Map();
  let current = -1;
  return (name, max) => {
    const now = Math.floor(Date.now() / ms);
    if (now !== current) {
      counts.clear();
      current = now;
    }
    const count = (counts.get(name) ?? 0) + 1;
    if (count > max) return false;
    counts.set(name, count);
    return true;
  };
}

const encoder = new TextEncoder();

async function derived(text) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  const hex = Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** With the runtime's own `fetch`. */
export const byFetch = (upstream) => async (call) => {
  const { method, path, headers, body } = call;
  const answer = await fetch(upstream + path, { method, headers, body, redirect: "manual" });
  return { status: answer.status, text: await answer.text() };
};
