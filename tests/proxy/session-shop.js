// What tests of sessions share: a proxy with sessions, its provider and a browser.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { memoryStore, openId, session } from "loyalty-edge/proxy";
import { browser, pathOf } from "./browser.js";
import { CLIENT, ISSUER, openIdProvider } from "./openid-provider.js";
import { A, makeProxy } from "./support.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const ME = "/loyalty-accounts/v1/accounts/my-account";
export const NAME = "__Host-loyalty";
export const newKey = () => randomBytes(32).toString("base64");

/** A proxy with sessions, its provider and a browser. */
export async function shop({ keys = [newKey()], login = {}, session: more = {}, ...options } = {}) {
  const store = memoryStore();
  const at = { now: () => made.clock.now };
  const provider = await openIdProvider({ now: () => at.now() });
  provider.user = { sub: A.memberId, contact_id: A.contactId };
  const identify = session({
    keys,
    login: openId({
      issuer: ISSUER,
      ...CLIENT,
      fetch: (request) => provider.fetch(request),
      ...login,
    }),
    ...more,
  });
  const made = makeProxy({ identify, store, ...options });
  return { ...made, provider, store, identify, user: browser(made.proxy) };
}

/** Signs a browser's user in. */
export async function signIn({ user, provider }, returnTo = "/points") {
  const begun = await user.go(`/loyalty/login?returnTo=${encodeURIComponent(returnTo)}`);
  assert.equal(begun.status, 303, begun.text);
  const back = provider.authorize(begun.location);
  return user.go(pathOf(back), { "sec-fetch-site": "cross-site" });
}
