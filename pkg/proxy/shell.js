import { asked as askedFor } from "./claims.js";
import { NoCredential } from "./credential/credential.js";
import { InvalidToken } from "./identify/invalid-token.js";
import { UnknownMember } from "./identify/resolve.js";
import { NotText } from "./read.js";
import { Stop } from "./send.js";
import { TimedOut, soon, within } from "./within.js";

// Carries out what the decisions ask for: one effect after the other, or several at once. No rule lives here.

const BODY_TIMEOUT_MS = 10_000;
const HOOK_TIMEOUT_MS = 10_000;
/** The headers of an upstream answer that mean something to us. No other goes on. */
const REPLY_HEADERS = ["retry-after", "x-wix-consistent", "x-wix-request-id"];

/**
 * Drives one request from its first effect to its answer.
 *
 * @param {import("../wasm/proxy/proxy.js").Call} call
 * @param {Record<string, (effect: any) => Promise<object>>} world
 * @param {() => number} now
 */
export async function drive(call, world, now) {
  /** What is under way at once, by number. */
  const flying = new Map();
  let effect = read(call.start(now()), call);
  while (effect.do !== "answer") {
    const event =
      effect.do === "several" ? await first(flying, effect, world) : await world[effect.do](effect);
    effect = read(tell(call, event, now()), call);
  }
  return effect.answer;
}

/** The text of an upstream's answer goes in as it is: as a part of JSON it would be written and read twice. */
function tell(call, event, at) {
  if (event.is !== "replied") return call.step(JSON.stringify(event), at);
  return call.replied(event.status, JSON.stringify(event.headers), event.text, at);
}

/** An effect, with the text that stands beside it in its place. */
function read(text, call) {
  const effect = JSON.parse(text);
  if (effect.do === "answer") effect.answer.body = call.attached();
  else if (effect.do === "share" && effect.text !== null) effect.text = call.attached();
  return effect;
}

/** Starts several effects, and gives the event of the first that is done of all under way. */
async function first(flying, { start }, world) {
  for (const { id, effect } of start) {
    flying.set(
      id,
      world[effect.do](effect).then((event) => ({ is: "happened", id, event })),
    );
  }
  const happened = await Promise.race(flying.values());
  flying.delete(happened.id);
  return happened;
}

/**
 * What effects mean for one request.
 *
 * @param {any} parts The proxy's parts.
 * @param {import("./incoming.js").Incoming | undefined} request `undefined` for an order of the developer's backend.
 * @param {{ setCookie: (line: string) => void, note: (message: string) => void, held: Held }} ours `setCookie` puts a
 *   cookie into the answer: none goes by the decisions. `held` is the request's part of what is shared.
 * @typedef {ReturnType<ReturnType<typeof import("./cache.js").createCache>["enter"]>} Held
 * @returns {Record<string, (effect: any) => Promise<object>>}
 */
export function worldOf(parts, request, { setCookie, note, held }) {
  /** The caller's own upstream token never leaves this function but upwards. */
  let upstreamToken;
  return {
    async identify() {
      const token = tokenOf(request);
      try {
        const asked = askedOf(parts, request, { token, setCookie });
        const caller = await soon(HOOK_TIMEOUT_MS, callerFor(parts, asked));
        ({ upstreamToken } = caller);
        const { role, memberId, contactId, expiresAt, isResolved } = caller;
        const claims = askedFor(caller.claims, parts.proxy.claims);
        const hasUpstreamToken = typeof upstreamToken === "string" && upstreamToken !== "";
        const ids = { role, memberId, contactId, isResolved };
        return { is: "identified", ...ids, hasUpstreamToken, expiresAt, claims };
      } catch (error) {
        if (error instanceof InvalidToken) return { is: "notAuthenticated", reason: error.message };
        if (error instanceof UnknownMember) return { is: "unknownMember", reason: error.message };
        return failed(error);
      }
    },

    async document() {
      try {
        const { default: text } = await import("../generated/proxy.openapi.js");
        return { is: "document", text };
      } catch (error) {
        return failed(error);
      }
    },

    async session({ step }) {
      try {
        const asked = askedOf(parts, request, { setCookie });
        return await within(HOOK_TIMEOUT_MS, parts.session.walk(step, asked));
      } catch (error) {
        return failed(error);
      }
    },

    async readBody({ limit }) {
      try {
        const { text, tooLarge } = await soon(BODY_TIMEOUT_MS, request.read(limit));
        return tooLarge ? { is: "bodyTooLarge" } : { is: "body", text };
      } catch (error) {
        return error instanceof TimedOut ? { is: "bodyTooSlow" } : failed(error);
      }
    },

    async botCheck({ caller, operation, action }) {
      try {
        const ask = { request: request.bare(), caller, operation, action: action ?? undefined };
        const said = await soon(HOOK_TIMEOUT_MS, parts.botCheck(ask));
        return { is: "confirmed", yes: said === true };
      } catch (error) {
        note(`botCheck failed: ${nameOf(error)}`);
        return { is: "confirmed", yes: false };
      }
    },

    async confirm({ hook, caller, subject, parameters }) {
      try {
        const ask = parts.confirm[hook];
        const said = await within(HOOK_TIMEOUT_MS, ask({ caller, subject, parameters }));
        return { is: "confirmed", yes: said === true };
      } catch (error) {
        note(`confirm ${hook} failed: ${nameOf(error)}`);
        return { is: "confirmed", yes: false };
      }
    },

    async store({ op: { op, ...args }, orHere }) {
      try {
        return { is: "stored", reply: await parts.store(op, args) };
      } catch (error) {
        if (!orHere) return failed(error);
        note(`store failed: ${nameOf(error)}; this process counts alone`);
        return { is: "stored", reply: await parts.here[op](args), here: true };
      }
    },

    async here({ op: { op, ...args } }) {
      return { is: "stored", reply: await parts.here[op](args) };
    },

    async upstream({ call }) {
      return send(parts, call, upstreamToken);
    },

    async verify({ token }) {
      try {
        const claims = await within(HOOK_TIMEOUT_MS, parts.webhooks.verify(token, parts.now()));
        return { is: "verified", claims };
      } catch (error) {
        if (error instanceof InvalidToken) return { is: "notAuthenticated", reason: error.message };
        return failed(error);
      }
    },

    async handle({ event }) {
      try {
        await within(HOOK_TIMEOUT_MS, parts.webhooks.handle(event));
        return { is: "noted" };
      } catch (error) {
        return failed(error);
      }
    },

    async recall({ key }) {
      return { is: "recalled", text: await held.recall(key, parts.now()) };
    },

    async share(answer) {
      held.share(answer, parts.now());
      return { is: "noted" };
    },

    async forget({ tags }) {
      parts.cache.forget(tags);
      return { is: "noted" };
    },

    async wait({ ms }) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { is: "waited" };
    },

    async audit({ record }) {
      try {
        await within(HOOK_TIMEOUT_MS, parts.audit(record));
        return { is: "audited" };
      } catch (error) {
        return failed(error);
      }
    },
  };
}

/** What identity is asked with. The request is made when it is looked at: a token is read without one. */
const askedOf = ({ now, proxy }, request, rest) => ({
  ...rest,
  now: now(),
  proxy,
  get request() {
    return request.bare();
  },
});

async function callerFor({ identify, resolve, proxy }, asked) {
  const caller = await identify(asked);
  // Only `resolve` may say that its ids are checked ones.
  const { isResolved: _, ...given } = caller;
  return resolve === undefined ? given : resolve(given, { site: proxy.site, now: asked.now });
}

/** The caller's token: with or without `Bearer`, as the official client sends none. */
function tokenOf(request) {
  const header = request.headers.get("authorization");
  return header === null ? null : header.replace(/^Bearer +/i, "");
}

/** Sends one call; whatever happens is an event. Errors of fetch are never logged: some quote header values. */
async function send(parts, call, upstreamToken) {
  const stop = new Stop();
  try {
    const { path, method, maxBytes } = call;
    const body = call.body ?? undefined;
    const headers = new Map(call.headers);
    const whole = { upstream: parts.upstream, path, method, headers, body, maxBytes, stop };
    const isCallers = call.auth === "caller";
    if (isCallers) headers.set("authorization", upstreamToken);
    const sent = isCallers ? parts.send(whole) : parts.ring.send(whole);
    const { status, header, text, tooLarge } = await within(call.timeoutMs, sent);
    if (tooLarge) return { is: "noReply", why: "tooLarge" };
    const named = REPLY_HEADERS.map((name) => [name, header(name)]);
    const kept = named.filter(([, value]) => value !== null);
    // No answer has a reason to name our key, or the caller's token, which a page need not even have; one that does
    // is a mirror, and what it says goes nowhere.
    const all = [text, ...kept.map(([, value]) => value)];
    if (all.some((each) => parts.ring.isIn(each) || mirrors(each, upstreamToken)))
      return { is: "noReply", why: "notText" };
    return { is: "replied", status, headers: kept, text };
  } catch (error) {
    stop.stop();
    return { is: "noReply", why: whyOf(error) };
  }
}

function mirrors(text, token) {
  return typeof token === "string" && token.length >= 16 && text.includes(token);
}

function whyOf(error) {
  if (error instanceof NoCredential) return "noCredential";
  if (error instanceof TimedOut) return "timeout";
  return error instanceof NotText ? "notText" : "network";
}

function failed(error) {
  return { is: "failed", reason: nameOf(error) };
}

/** An error's name and code, not its message: what it quotes is not ours to write down. */
export function nameOf(error) {
  const name = typeof error?.name === "string" ? error.name : "an error";
  return typeof error?.code === "string" ? `${name} ${error.code}` : name;
}
