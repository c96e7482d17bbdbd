import { call, tokenHost } from "../call.js";
import { onlyKnown } from "../known.js";
import { memo } from "./bounded.js";
import { perMinute } from "./budget.js";
import { nameOf } from "./digest.js";
import { InvalidToken, VISITOR } from "./invalid-token.js";
import { isCanonical } from "./jwt-shape.js";

const ACCESS_PREFIX = "OauthNG.JWS.";
const MAX_TOKEN = 8192;
const REMEMBERED = 1_000;
/** A token that upstream does not know is asked about again after this time. */
const REFUSED_MS = 10_000;

/**
 * Callers by the access token of a Wix member: upstream says whose it is, and the same token then goes up where
 * upstream lets members call.
 *
 * @param {{ cacheSeconds?: number, checksPerMinute?: number }} [options]
 * @returns {import("../index.js").Identify}
 */
export function wixMember(options = {}) {
  onlyKnown("wixMember", options, ["cacheSeconds", "checksPerMinute"]);
  const { cacheSeconds = 60, checksPerMinute = 60 } = options;
  if (!(cacheSeconds >= 0 && cacheSeconds <= 600)) {
    throw new TypeError("wixMember: cacheSeconds must be 0 to 600: so long a revoked token lives");
  }
  /** @type {ReturnType<typeof memo<{ caller?: import("../index.js").Caller, fault?: string }>>} */
  const look = memo(REMEMBERED);
  const budget = perMinute(checksPerMinute, "wixMember: checksPerMinute");

  return async ({ token, now, proxy }) => {
    if (token === null) return VISITOR;
    if (!isMemberToken(token)) throw new InvalidToken("not an access token of a member");
    const key = await nameOf(`${proxy.site} ${token}`, proxy);
    const { caller, fault } = await look(key, now, async () => {
      budget(now);
      try {
        const found = await memberOf(token, proxy);
        const value = { caller: Object.freeze({ ...found, upstreamToken: token }) };
        return { value, until: Math.min(now + cacheSeconds * 1000, found.expiresAt ?? Infinity) };
      } catch (error) {
        if (!(error instanceof InvalidToken)) throw error;
        return { value: { fault: error.message }, until: now + REFUSED_MS };
      }
    });
    if (caller === undefined) throw new InvalidToken(fault);
    return caller;
  };
}

/** @param {string} token Whether it has the form; upstream is not asked about what has not. */
export function isMemberToken(token) {
  if (token.length > MAX_TOKEN || !token.startsWith(ACCESS_PREFIX)) return false;
  const parts = token.slice(ACCESS_PREFIX.length).split(".");
  return parts.length === 3 && parts.every(isCanonical);
}

/**
 * Asks upstream whose a token is: the kind of its subject, the site and the end by the token's own description, the
 * contact by the member's account.
 *
 * @param {string} token
 * @param {{ site: string, upstream: string, fetch: (request: Request) => Promise<Response> }} proxy
 */
export async function memberOf(token, { site, upstream, fetch }) {
  const about = { json: JSON.stringify({ token }) };
  const authorization = { headers: { authorization: token } };
  const [info, own] = await Promise.all([
    call(fetch, `${tokenHost(upstream)}/oauth2/token-info`, about),
    call(fetch, `${upstream}/loyalty-accounts/v1/accounts/my-account`, authorization),
  ]);
  for (const { status } of [info, own]) {
    if (status === 400 || status === 401 || status === 403) {
      throw new InvalidToken("upstream does not take it for a member's");
    }
  }
  if (info.status !== 200) throw new UpstreamFailed("token-info", info.status);
  const { active, subjectType, subjectId, siteId, exp = null } = info.json ?? {};
  if (active !== true || subjectType !== "MEMBER" || typeof subjectId !== "string") {
    throw new InvalidToken("not the token of a member");
  }
  // Upstream serves all sites at one address: another site's member is nobody here.
  if (isGuid(site) && isGuid(siteId) && !sameId(site, siteId)) {
    throw new InvalidToken("the member is of another site");
  }
  const end = exp === null ? undefined : Math.floor(Number(exp) * 1000);
  if (end !== undefined && !Number.isSafeInteger(end)) throw new UpstreamFailed("token-info", 200);
  const { memberId, contactId } = accountIn(own);
  if (memberId !== undefined && !sameId(memberId, subjectId)) {
    throw new InvalidToken("the account is another member's");
  }
  const ids = { memberId: subjectId, contactId };
  return { role: /** @type {const} */ ("member"), ...ids, expiresAt: end };
}

/** The ids of the account; none where the member has no account yet. */
function accountIn({ status, json }) {
  if (status === 404) return {};
  const account = json?.account;
  if (status !== 200 || typeof account !== "object" || account === null) {
    throw new UpstreamFailed("my-account", status);
  }
  return account;
}

const isGuid = (text) =>
  typeof text === "string" && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const sameId = (one, other) => String(one).toLowerCase() === String(other).toLowerCase();

class UpstreamFailed extends Error {
  name = "UpstreamFailed";

  constructor(what, status) {
    super(`${what} was answered with status ${status}`);
  }
}
