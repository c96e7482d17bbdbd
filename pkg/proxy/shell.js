import { attach, isIn } from "./credential.js";
import { InvalidToken } from "./identify.js";

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
  let effect = JSON.parse(call.start(now()));
  while (effect.do !== "answer") {
    const event =
      effect.do === "several" ? await first(flying, effect, world) : await world[effect.do](effect);
    effect = JSON.parse(call.step(JSON.stringify(event), now()));
  }
  return effect.answer;
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
 * @param {Request} request
 * @returns {Record<string, (effect: any) => Promise<object>>}
 */
export function worldOf(parts, request) {
  /** The caller's own upstream token never leaves this function but upwards. */
  let upstreamToken;
  return {
    async identify() {
      const token = tokenOf(request);
      const { method, headers } = request;
      const bare = new Request(request.url, { method, headers });
      try {
        const caller = await within(
          HOOK_TIMEOUT_MS,
          parts.identify({ token, request: bare, now: parts.now() }),
        );
        ({ upstreamToken } = caller);
        const { role, memberId, contactId, expiresAt } = caller;
        const hasUpstreamToken = typeof upstreamToken === "string" && upstreamToken !== "";
        return { is: "identified", role, memberId, contactId, hasUpstreamToken, expiresAt };
      } catch (error) {
        if (error instanceof InvalidToken) return { is: "notAuthenticated", reason: error.message };
        return failed(error);
      }
    },

    async readBody({ limit }) {
      try {
        const { text, tooLarge } = await within(BODY_TIMEOUT_MS, read(request.body, limit));
        return tooLarge ? { is: "bodyTooLarge" } : { is: "body", text };
      } catch (error) {
        return failed(error);
      }
    },

    async confirm({ hook, caller, subject, parameters }) {
      try {
        const ask = parts.confirm[hook];
        const said = await within(HOOK_TIMEOUT_MS, ask({ caller, subject, parameters }));
        return { is: "confirmed", yes: said === true };
      } catch (error) {
        parts.log(`confirm ${hook} failed: ${nameOf(error)}`);
        return { is: "confirmed", yes: false };
      }
    },

    async store({ op: { op, ...args }, orHere }) {
      try {
        return { is: "stored", reply: await parts.store(op, args) };
      } catch (error) {
        if (!orHere) return failed(error);
        parts.log(`store failed: ${nameOf(error)}; this process counts alone`);
        return { is: "stored", reply: await parts.here[op](args) };
      }
    },

    async upstream({ call }) {
      return send(parts, call, upstreamToken);
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

/** The caller's token: with or without `Bearer`, as the official client sends none. */
function tokenOf(request) {
  const header = request.headers.get("authorization");
  return header === null ? null : header.replace(/^Bearer +/i, "");
}

/** Sends one call; whatever happens is an event. Errors of fetch are never logged: some quote header values. */
async function send(parts, call, upstreamToken) {
  const abort = new AbortController();
  try {
    const headers = new Headers(call.headers);
    if (call.auth === "caller") headers.set("authorization", upstreamToken);
    else attach(parts.credential, headers);
    const request = new Request(parts.upstream + call.path, {
      method: call.method,
      headers,
      body: call.body,
      redirect: "manual",
      signal: abort.signal,
    });
    const answered = async () => {
      const response = await parts.fetch(request);
      const { text, tooLarge } = await read(response.body, call.maxBytes);
      return { response, text, tooLarge };
    };
    const { response, text, tooLarge } = await within(call.timeoutMs, answered());
    if (tooLarge) return { is: "noReply", why: "tooLarge" };
    const named = REPLY_HEADERS.map((name) => [name, response.headers.get(name)]);
    const kept = named.filter(([, value]) => value !== null);
    // No answer has a reason to name our key; one that does is a mirror, and what it says goes nowhere.
    if (isIn(parts.credential, JSON.stringify([text, kept])))
      return { is: "noReply", why: "notText" };
    return { is: "replied", status: response.status, headers: kept, text };
  } catch (error) {
    const why =
      error instanceof TimedOut ? "timeout" : error instanceof NotText ? "notText" : "network";
    return { is: "noReply", why };
  } finally {
    abort.abort();
  }
}

class TimedOut extends Error {
  name = "TimedOut";
}

class NotText extends Error {
  name = "NotText";
}

/** Waits for a promise, but not for ever. */
async function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`nothing within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a body as UTF-8, and stops at the limit: an endless one costs no more than that. */
async function read(body, limit) {
  if (body === null || body === undefined) return { text: "", tooLarge: false };
  const reader = body.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      reader.cancel().catch(() => {});
      return { text: "", tooLarge: true };
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), tooLarge: false };
  } catch {
    throw new NotText();
  }
}

function failed(error) {
  return { is: "failed", reason: nameOf(error) };
}

/** An error's name and code, not its message: what it quotes is not ours to write down. */
export function nameOf(error) {
  const name = typeof error?.name === "string" ? error.name : "an error";
  return typeof error?.code === "string" ? `${name} ${error.code}` : name;
}
