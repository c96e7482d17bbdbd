import { asked as askedFor } from "./claims.js";
import { NoCredential } from "./credential/credential.js";
import { InvalidToken } from "./identify/invalid-token.js";
import { UnknownMember } from "./identify/resolve.js";
import { NotText } from "./read.js";
import { Stop, headersOf } from "./send.js";
import { TimedOut, soon, within } from "./within.js";

// Carries out what the decisions ask for: one effect after the other, or several at once. No rule lives here.

const BODY_TIMEOUT_MS = 10_000;
const HOOK_TIMEOUT_MS = 10_000;
/** The headers of an upstream answer that mean something to us. No other goes on. */
const REPLY_HEADERS = ["retry-after", "x-wix-consistent", "x-wix-request-id"];

/**
 * Drives one request from its first effect to its answer.
 *
 * @param {{
 *   start: (now: number) => any,
 *   step: (event: any, now: number) => any,
 *   summary: () => object,
 *   remember?: (caller: object) => void,
 * }} way
 * @param {World} world
 * @param {{ now: () => number, isTold: boolean }} options `isTold`: somebody wants to know what came of it.
 * @returns {Promise<import("./answered.js").Answered>}
 */
export async function drive(way, world, { now, isTold }) {
  /** What is under way at once, by number. */
  const flying = new Map();
  let effect = effectOf(way.start(now()));
  while (effect.do !== "answer") {
    const event =
      effect.do === "several" ? await first(flying, effect, world) : await world[effect.do](effect);
    effect = effectOf(way.step(event, now()));
    if (event.is === "identified" && world.seen !== undefined) way.remember?.(world.seen);
  }
  if (isTold) effect.summary = way.summary();
  return effect;
}

const effectOf = (next) => (typeof next === "string" ? JSON.parse(next) : next);

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

/** What effects mean for one request. Each is a method by the effect's name. */
export class World {
  /** The caller's own upstream token never leaves this object but upwards. */
  upstreamToken;
  /** The caller, where it was known before the decisions asked. */
  seen;
  /** Cookies for the answer: none goes by the decisions. */
  cookies;

  /**
   * @param {any} parts The proxy's parts.
   * @param {import("./incoming.js").Incoming | undefined} request `undefined` for an order of the developer's backend.
   * @param {string} requestId
   * @param {ReturnType<ReturnType<typeof import("./cache.js").createCache>["enter"]>} held The request's part of what is
   *   shared.
   */
  constructor(parts, request, requestId, held) {
    this.parts = parts;
    this.request = request;
    this.requestId = requestId;
    this.held = held;
  }

  note(message) {
    this.parts.log("warn", "note", { requestId: this.requestId, message });
  }

  /** What identity is asked with. The request is made when it is looked at: a token is read without one. */
  asked(rest) {
    const { parts, request } = this;
    return {
      ...rest,
      setCookie: (line) => (this.cookies ??= []).push(line),
      now: parts.now(),
      proxy: parts.proxy,
      get request() {
        return request.bare();
      },
    };
  }

  /**
   * The caller, where it is known without waiting: the same object for the same token, until anything about it would be
   * found out anew.
   */
  glance() {
    const { glance, now, proxy } = this.parts;
    this.seen = glance?.(tokenOf(this.request), now(), proxy);
    this.upstreamToken = this.seen?.upstreamToken;
    return this.seen;
  }

  async identify() {
    const { parts } = this;
    try {
      const asked = this.asked({ token: tokenOf(this.request) });
      const caller = await soon(HOOK_TIMEOUT_MS, callerFor(parts, asked));
      const { role, memberId, contactId, expiresAt, isResolved, upstreamToken } = caller;
      this.upstreamToken = upstreamToken;
      const claims = askedFor(caller.claims, parts.proxy.claims);
      const hasUpstreamToken = typeof upstreamToken === "string" && upstreamToken !== "";
      const ids = { role, memberId, contactId, isResolved };
      return { is: "identified", ...ids, hasUpstreamToken, expiresAt, claims };
    } catch (error) {
      if (error instanceof InvalidToken) return { is: "notAuthenticated", reason: error.message };
      if (error instanceof UnknownMember) return { is: "unknownMember", reason: error.message };
      return failed(error);
    }
  }

  async document() {
    try {
      const { default: text } = await import("../generated/proxy.openapi.js");
      return { is: "document", text };
    } catch (error) {
      return failed(error);
    }
  }

  async session({ step }) {
    try {
      return await within(HOOK_TIMEOUT_MS, this.parts.session.walk(step, this.asked({})));
    } catch (error) {
      return failed(error);
    }
  }

  async readBody({ limit }) {
    try {
      const { text, tooLarge } = await soon(BODY_TIMEOUT_MS, this.request.read(limit));
      return tooLarge ? { is: "bodyTooLarge" } : { is: "body", text };
    } catch (error) {
      return error instanceof TimedOut ? { is: "bodyTooSlow" } : failed(error);
    }
  }

  async botCheck({ caller, operation, action }) {
    try {
      const ask = { request: this.request.bare(), caller, operation, action: action ?? undefined };
      const said = await soon(HOOK_TIMEOUT_MS, this.parts.botCheck(ask));
      return { is: "confirmed", yes: said === true };
    } catch (error) {
      this.note(`botCheck failed: ${nameOf(error)}`);
      return { is: "confirmed", yes: false };
    }
  }

  async confirm({ hook, caller, subject, parameters }) {
    try {
      const ask = this.parts.confirm[hook];
      const said = await within(HOOK_TIMEOUT_MS, ask({ caller, subject, parameters }));
      return { is: "confirmed", yes: said === true };
    } catch (error) {
      this.note(`confirm ${hook} failed: ${nameOf(error)}`);
      return { is: "confirmed", yes: false };
    }
  }

  async store({ op: { op, ...args }, orHere }) {
    const { parts } = this;
    try {
      return { is: "stored", reply: await parts.store(op, args) };
    } catch (error) {
      if (!orHere) return failed(error);
      this.note(`store failed: ${nameOf(error)}; this process counts alone`);
      return { is: "stored", reply: await parts.here[op](args), here: true };
    }
  }

  async here({ op: { op, ...args } }) {
    return { is: "stored", reply: await this.parts.here[op](args) };
  }

  async upstream({ call }) {
    return send(this.parts, call, this);
  }

  async verify({ token }) {
    const { webhooks, now } = this.parts;
    try {
      const claims = await within(HOOK_TIMEOUT_MS, webhooks.verify(token, now()));
      return { is: "verified", claims };
    } catch (error) {
      if (error instanceof InvalidToken) return { is: "notAuthenticated", reason: error.message };
      return failed(error);
    }
  }

  async handle({ event }) {
    try {
      await within(HOOK_TIMEOUT_MS, this.parts.webhooks.handle(event));
      return { is: "noted" };
    } catch (error) {
      return failed(error);
    }
  }

  async recall({ key }) {
    return { is: "recalled", text: await this.held.recall(key, this.parts.now()) };
  }

  async share(answer) {
    this.held.share(answer, this.parts.now());
    return { is: "noted" };
  }

  async forget({ tags }) {
    this.parts.cache.forget(tags);
    return { is: "noted" };
  }

  async wait({ ms }) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { is: "waited" };
  }

  async audit({ record }) {
    try {
      await within(HOOK_TIMEOUT_MS, this.parts.audit(record));
      return { is: "audited" };
    } catch (error) {
      return failed(error);
    }
  }
}

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
async function send(parts, call, { upstreamToken, requestId }) {
  const stop = new Stop();
  try {
    const { path, method, headers, maxBytes } = call;
    const body = call.body ?? undefined;
    const { upstream } = parts;
    const whole = { upstream, path, method, headers, requestId, body, maxBytes, stop };
    const sent =
      call.auth === "caller" ? sendAs(upstreamToken, whole, parts) : parts.ring.send(whole);
    const { status, header, text, tooLarge } = await parts.inTime(call.timeoutMs, sent);
    if (tooLarge) return { is: "noReply", why: "tooLarge" };
    const kept = [];
    for (const name of REPLY_HEADERS) {
      const value = header(name);
      if (value !== null) kept.push([name, value]);
    }
    // No answer has a reason to name our key, or the caller's token, which a page need not even have; one that does
    // is a mirror, and what it says goes nowhere.
    const isMirror = (said) => parts.ring.isIn(said) || mirrors(said, upstreamToken);
    if (isMirror(text) || kept.some(([, value]) => isMirror(value)))
      return { is: "noReply", why: "notText" };
    return { is: "replied", status, headers: kept, text };
  } catch (error) {
    stop.stop();
    return { is: "noReply", why: whyOf(error) };
  }
}

/** As the caller, by a token of his own. */
function sendAs(authorization, call, { send }) {
  const headers = headersOf(call);
  headers.authorization = authorization;
  return send(call, headers);
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
