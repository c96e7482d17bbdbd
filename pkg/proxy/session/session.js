import { memo } from "../identify/bounded.js";
import { perMinute } from "../identify/budget.js";
import { digest, randomText, sameSecret } from "../identify/digest.js";
import { InvalidToken, VISITOR } from "../identify/invalid-token.js";
import { onlyKnown } from "../known.js";
import { revocations } from "./revocations.js";
import {
  answerOf,
  cookieLine,
  cookieNames,
  cookieValue,
  forgetLine,
  isRenewed,
  remaining,
  stateOf,
} from "./rules.js";
import { readKeys, sealer } from "./seal.js";
import { SignInFailed } from "./sign-in-failed.js";

// Sessions after "OAuth 2.0 for Browser-Based Applications": the proxy is the backend for its frontend. It signs the
// user in, keeps the tokens in an encrypted cookie that no script can read, and the page holds nothing at all.

const OPTIONS = [
  ...["keys", "login", "failure"],
  ...["idleSeconds", "absoluteSeconds", "signInsPerMinute"],
];
const LOGIN_SECONDS = 600;
const REFRESHED = 1_000;
/** An upstream token is renewed this long before its end. */
const EARLY_MS = 60_000;
/** How long a renewed token serves those who still come with the old cookie. */
const OVERLAP_MS = 60_000;

/** @type {WeakMap<Function, ReturnType<typeof stepsOf>>} */
const sessions = new WeakMap();

/** @param {Function} identify @returns What else a session can do; `undefined` for other providers. */
export const sessionOf = (identify) => sessions.get(identify);

/**
 * @param {import("../index.js").SessionOptions} options
 * @returns {import("../index.js").Identify}
 */
export function session(options) {
  const steps = stepsOf(options);
  const { identify } = steps;
  sessions.set(identify, steps);
  return identify;
}

function stepsOf(options) {
  onlyKnown("session", options, OPTIONS);
  const { login, failure, idleSeconds = 1_800, absoluteSeconds = 43_200 } = options ?? {};
  const { signInsPerMinute = 60 } = options ?? {};
  const seal = sealer(readKeys(options?.keys));
  if (typeof login?.begin !== "function" || typeof login?.finish !== "function") {
    throw new TypeError("session: login is missing; write openId({ … }) or wixLogin({ … })");
  }
  if (!(idleSeconds >= 60 && idleSeconds <= absoluteSeconds && absoluteSeconds <= 30 * 86_400)) {
    throw new TypeError(
      "session: idleSeconds is 60 or more, absoluteSeconds at least as much and at most 30 days",
    );
  }
  if (failure !== undefined && !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,511}$/.test(failure)) {
    throw new TypeError("session: failure must be the path of a page, such as /sign-in-failed");
  }
  const limits = { idleSeconds, absoluteSeconds };
  const budget = perMinute(signInsPerMinute, "session: signInsPerMinute");
  const refreshed = memo(REFRESHED);

  const purpose = ({ site }, name) => [site, name];

  /** The session of a request: `null` where there is none, thrown where there is one that is not good. */
  async function read(request, now, proxy) {
    const { session: name } = cookieNames(proxy.basePath);
    const text = cookieValue(request.headers.get("cookie"), name);
    if (text === null) return null;
    const held =
      text === undefined ? undefined : await seal.open(purpose(proxy, "session"), text, now);
    if (held === undefined) throw new InvalidToken("the session's cookie is not one of ours");
    const state = stateOf(held, now, limits);
    if (state !== "live") throw new InvalidToken(`the session is ${state}`);
    const { memberId, contactId, subject } = held.caller;
    const who = [memberId, contactId, subject].filter((id) => id !== undefined);
    if (await revocations(proxy).isEnded({ sid: held.sid, at: held.at, who })) {
      throw new InvalidToken("the session was ended");
    }
    return held;
  }

  /** Writes a session into the answer's cookies. */
  async function write(held, now, proxy, setCookie) {
    const { session: name } = cookieNames(proxy.basePath);
    const until = held.at + absoluteSeconds * 1000;
    const text = await seal.close(purpose(proxy, "session"), held, until);
    const seconds = remaining(held.at, now, limits);
    const line = cookieLine(name, text, { seconds, sameSite: "Strict" });
    if (line === undefined) throw new SignInFailed(`a cookie of ${text.length} bytes is too large`);
    setCookie(line);
  }

  /** The upstream tokens of a session, renewed where they are about to end. */
  async function renewed(tokens, now, proxy) {
    if (tokens === undefined || tokens.endsAt - now > EARLY_MS) return tokens;
    const key = await digest(`${proxy.site} ${tokens.access}`);
    try {
      return await refreshed(key, now, async () => {
        const value = await login.refresh(tokens, proxy, now);
        return { value, until: now + OVERLAP_MS };
      });
    } catch (error) {
      if (error instanceof InvalidToken || tokens.endsAt <= now) throw error;
      return tokens; // the one that still lives
    }
  }

  /** @type {import("../index.js").Identify} */
  const identify = async ({ token, request, now, proxy, setCookie }) => {
    if (token !== null) throw new InvalidToken("this proxy takes a session's cookie and no token");
    try {
      const held = await read(request, now, proxy);
      if (held === null) return VISITOR;
      const tokens = await renewed(held.tokens, now, proxy);
      if (tokens !== held.tokens || isRenewed(held.seen, now, idleSeconds)) {
        await write({ ...held, tokens, seen: now }, now, proxy, setCookie);
      }
      const ends = [held.at + absoluteSeconds * 1000, tokens?.endsAt ?? Infinity];
      const caller = { ...held.caller, expiresAt: Math.min(...ends) };
      return tokens === undefined ? caller : { ...caller, upstreamToken: tokens.access };
    } catch (error) {
      // One that no cookie can carry any more, as its renewed tokens are too long, is over too.
      const fault = error instanceof SignInFailed ? new InvalidToken(error.message) : error;
      // What is no good is taken away, so that the page can be a visitor's again.
      if (fault instanceof InvalidToken) {
        setCookie(forgetLine(cookieNames(proxy.basePath).session, "Strict"));
      }
      throw fault;
    }
  };

  async function begin({ returnTo }, { now, proxy, setCookie }) {
    budget(now);
    const [state, nonce, verifier, id] = [32, 32, 32, 16].map(randomText);
    const until = now + LOGIN_SECONDS * 1000;
    const claims = { state, nonce, verifier, id, returnTo };
    const [text, location] = await Promise.all([
      seal.close(purpose(proxy, "login"), claims, until),
      login.begin({ state, nonce, challenge: await digest(verifier), ...place(proxy) }, proxy, now),
    ]);
    const { login: name } = cookieNames(proxy.basePath);
    setCookie(cookieLine(name, text, { seconds: LOGIN_SECONDS, sameSite: "Lax" }) ?? "");
    return location;
  }

  async function finish({ request, now, proxy, setCookie }) {
    const { login: name } = cookieNames(proxy.basePath);
    // One use, whatever comes of it.
    setCookie(forgetLine(name, "Lax"));
    const text = cookieValue(request.headers.get("cookie"), name);
    const asked = text ? await seal.open(purpose(proxy, "login"), text, now) : undefined;
    if (asked === undefined) throw new SignInFailed("it began in another browser, or long ago");
    const { fault, state, code, iss, error } = answerOf(new URL(request.url).searchParams);
    if (fault !== undefined) throw new SignInFailed(fault);
    if (!(await sameSecret(state, asked.state))) throw new SignInFailed("the state is another's");
    if (!(await revocations(proxy).useOnce(asked.id, asked.exp * 1000))) {
      throw new SignInFailed("it was used before");
    }
    if (error !== null) throw new SignInFailed(`the provider says ${error}`);
    const { verifier, nonce, returnTo } = asked;
    const answer = { code, iss, verifier, nonce, ...place(proxy) };
    const { caller, tokens } = await login.finish(answer, proxy, now);
    const held = { sid: randomText(16), at: now, seen: now, caller, tokens };
    await write(held, now, proxy, setCookie);
    return pageOf(proxy, returnTo);
  }

  return {
    identify,

    /**
     * Carries out a step that the decisions ask for. Gives the event that it came to.
     *
     * @param {{ step: string, returnTo?: string }} asked
     */
    async walk({ step, ...asked }, at) {
      if (step === "logout") return end(at);
      try {
        const location = step === "login" ? await begin(asked, at) : await finish(at);
        return { is: "redirect", location };
      } catch (error) {
        if (!(error instanceof SignInFailed || error instanceof InvalidToken)) throw error;
        if (failure === undefined) return { is: "signInFailed", reason: error.message };
        const location = pageOf(at.proxy, failure);
        return { is: "redirect", location, note: `sign-in failed: ${error.message}` };
      }
    },

    /**
     * Ends every session that somebody has now, wherever.
     *
     * @param {string} who
     */
    async revoke(who, proxy) {
      if (typeof who !== "string" || who === "") throw new TypeError("revoke: name whose sessions");
      await revocations(proxy).endAll(who, proxy.now() + absoluteSeconds * 1000);
    },
  };

  async function end({ request, now, proxy, setCookie }) {
    try {
      const held = await read(request, now, proxy);
      if (held !== null) {
        await revocations(proxy).endSession(held.sid, held.at + absoluteSeconds * 1000);
      }
    } catch (error) {
      if (!(error instanceof InvalidToken)) throw error;
    }
    setCookie(forgetLine(cookieNames(proxy.basePath).session, "Strict"));
    return { is: "signedOut" };
  }
}

/** Where the sign-in comes back to. By configuration: a `Host` header is the caller's to write. */
const place = ({ origin, basePath }) => ({ redirectUri: `${origin}${basePath}/callback` });

/** A page of the shop as a whole URL; what would lead elsewhere leads to its front page. */
function pageOf({ origin }, path) {
  const url = new URL(origin + path);
  return url.origin === origin ? url.href : `${origin}/`;
}
