import { call, tokenHost } from "../call.js";
import { glance, together } from "../identify/bounded.js";
import { onlyKnown } from "../known.js";
import { NoCredential, isHeaderText, needHeaderText, seal } from "./credential.js";

// The token of an app on its site: fetched by one call however many wait for it, renewed before it ends, and once
// more when upstream refuses it all the same. It is held in memory only: an elevated token has no place in a store.

const TIMEOUT_MS = 5_000;
/** A token is renewed this long before its end, or at four fifths of a short life. */
const EARLY_MS = 5 * 60_000;
/** How long a failure is remembered: a wrong secret must not send a token call for each request. */
const FAILURE_MS = 1_000;
/** At most one renewal in this time because upstream refused a token. */
const REFUSED_MS = 10_000;
/** Of how many tokens we remember that no answer may name them. */
const MIRRORED = 4;

/**
 * The app that is installed on the site, by `client_credentials`.
 *
 * @param {{ appId: string, appSecret: string, instanceId: string, siteId?: string }} options
 */
export function app(options) {
  onlyKnown("app", options, ["appId", "appSecret", "instanceId", "siteId"]);
  const { appId, appSecret, instanceId, siteId = instanceId } = options;
  needHeaderText("app", { appId, appSecret, instanceId, siteId });
  const grant = JSON.stringify({
    grant_type: "client_credentials",
    client_id: appId,
    client_secret: appSecret,
    instance_id: instanceId,
  });
  return seal({ siteId, keyKind: "other", open: (world) => [tokenKey(world, grant, appSecret)] });
}

/**
 * @param {import("./credential.js").World} world
 * @param {string} grant
 * @param {string} appSecret
 * @returns {import("./credential.js").Key}
 */
function tokenKey({ upstream, fetch, now, log }, grant, appSecret) {
  /** @typedef {{ token: string, renewAt: number, endsAt: number }} Held */
  /** @type {Held | undefined} */
  let held;
  /** @type {ReturnType<typeof together<Held>>} */
  const coming = together();
  /** @type {{ error: Error, at: number } | undefined} */
  let failure;
  let refusedAt = -Infinity;
  /** @type {string[]} */
  let known = [];

  /** @returns {Promise<Held>} */
  async function current() {
    if (held !== undefined && now() < held.renewAt) return held;
    const renewing = coming.run("", renewed);
    // An early renewal that fails, or hangs, leaves the token that still lives.
    if (held === undefined || now() >= held.endsAt) return renewing;
    const living = held;
    await glance(renewing);
    return held ?? living;
  }

  async function renewed() {
    if (failure !== undefined && Math.abs(now() - failure.at) < FAILURE_MS) throw failure.error;
    try {
      held = await ask();
      failure = undefined;
      known = [held.token, ...known].slice(0, MIRRORED);
      return held;
    } catch (error) {
      const told = error instanceof NoCredential ? error : new NoCredential("no answer");
      failure = { error: told, at: now() };
      log(`credential: the app's token call failed: ${told.message}`);
      throw told;
    }
  }

  /** @returns {Promise<Held>} */
  async function ask() {
    const asked = now();
    const url = `${tokenHost(upstream)}/oauth2/token`;
    const { status, json } = await call(fetch, url, { json: grant, timeoutMs: TIMEOUT_MS });
    if (status !== 200) throw new NoCredential(`it was answered with status ${status}`);
    const { access_token: token, expires_in: seconds } = json ?? {};
    const life = Number(seconds) * 1000;
    if (!isHeaderText(token) || !Number.isFinite(life) || life <= 0) {
      throw new NoCredential("its answer holds no token with an end");
    }
    return { token, endsAt: asked + life, renewAt: asked + life - Math.min(EARLY_MS, life / 5) };
  }

  return {
    async attach(headers) {
      const ticket = await current();
      headers.authorization = ticket.token;
      return ticket;
    },
    renew(ticket) {
      if (held !== ticket) return true; // somebody renewed it meanwhile
      if (Math.abs(now() - refusedAt) < REFUSED_MS) return false;
      refusedAt = now();
      held = undefined;
      return true;
    },
    secrets: () => [appSecret, ...known],
  };
}
