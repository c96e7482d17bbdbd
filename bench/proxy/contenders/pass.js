// The floor: the same calls upstream and nothing else. Whose account it is, it reads from the token without checking.
import { accountOf, earnPoints, secondaryId } from "../job.js";

/** @param {string} authorization */
export function memberIn(authorization) {
  const part = authorization.slice(7).split(".")[1];
  return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/"))).sub;
}

/**
 * What goes up for a request.
 *
 * @param {string} method
 * @param {string} authorization
 * @param {any} settings
 */
export function callsFor(method, authorization, { action }) {
  const member = memberIn(authorization);
  const read = { method: "GET", path: secondaryId(member) };
  if (method === "GET") return [read];
  const accountId = accountOf(member);
  const { amount, description, activityType, appId } = action;
  const idempotencyKey = crypto.randomUUID();
  const body = { accountId, amount, description, activityType, appId, idempotencyKey };
  return [read, { method: "POST", path: earnPoints(accountId), body: JSON.stringify(body) }];
}

/** With the runtime's own `fetch`, whose last answer goes on as it comes. */
export function pass(settings) {
  const { key, siteId, upstream } = settings;
  const common = { authorization: key, "wix-site-id": siteId };
  const withBody = { ...common, "content-type": "application/json" };
  return async (request) => {
    const calls = callsFor(request.method, request.headers.get("authorization"), settings);
    let last;
    for (const { method, path, body } of calls) {
      await last?.arrayBuffer();
      const headers = body === undefined ? common : withBody;
      last = await fetch(upstream + path, { method, headers, body });
    }
    return last;
  };
}
