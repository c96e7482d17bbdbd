import { createCache } from "./cache.js";
import { describe } from "./credential/credential.js";
import { openRing } from "./credential/ring.js";
import { rotate } from "./credential/rotate.js";
import { createHost } from "./host.js";
import { readsCookies } from "./identify/custom.js";
import { glances } from "./identify/glances.js";
import { resolver } from "./identify/resolve.js";
import { spending } from "./identify/spend.js";
import { createLog } from "./log.js";
import { sendBy } from "./send.js";
import { sessionOf } from "./session/session.js";
import { guarded } from "./stores/guard.js";
import { memoryStore, operationsOf } from "./stores/memory.js";
import { createTelemetry } from "./telemetry/telemetry.js";
import { createWebhooks } from "./webhooks.js";

// The developer's options, each with its default and of the right kind. What they mean is checked in config.rs.

const KNOWN = new Set([
  "audit",
  "basePath",
  "botCheck",
  "cache",
  "clientAddress",
  "confirm",
  "credential",
  "fetch",
  "identify",
  "log",
  "now",
  "onAuditFailure",
  "origins",
  "policy",
  "resolve",
  "store",
  "telemetry",
  "upstream",
  "webhooks",
]);
const STORE_OPERATIONS = ["reserve", "settle", "release", "hit", "get", "put", "remove"];
/** What happens to a write whose record can't be written, by the option's word. */
const AUDIT_FAILURES = new Map([
  ["deny-writes", "denyWrites"],
  ["allow", "allow"],
]);

export class ConfigurationError extends Error {
  name = "LoyaltyError";
  code = "INVALID_CONFIGURATION";
}

export function wrong(message) {
  return new ConfigurationError(`createProxy: ${message}`);
}

/** The options with their defaults, each of the right kind. */
export function partsOf(options, { clientAddress, send: sendHere, inTime }, siteName) {
  if (typeof options !== "object" || options === null) throw wrong("give options");
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw wrong(`unknown option ${name}; there are ${[...KNOWN].join(", ")}`);
  }
  const { identify, policy, origins, cache = {}, onAuditFailure = "deny-writes" } = options;
  const credential = credentialOf(options.credential);
  const { confirm = {}, store = memoryStore(), upstream = "https://www.wixapis.com" } = options;
  const { basePath = "/loyalty", now = Date.now, log: write = defaultLog } = options;
  const about = describe(credential);
  if (about === undefined) throw wrong("credential is missing; write apiKey({ key, siteId })");
  if (typeof identify !== "function")
    throw wrong("identify is missing; write jwt({ … }) or custom(…)");
  if (policy === undefined) throw wrong("policy is missing; without one nobody may do anything");
  const hooks = Object.keys(confirm);
  const notFunctions = hooks.filter((name) => typeof confirm[name] !== "function");
  if (notFunctions.length > 0) throw wrong(`confirm.${notFunctions[0]} must be a function`);
  const audit = sinkOf(options.audit);
  if (!AUDIT_FAILURES.has(onAuditFailure)) {
    throw wrong(`onAuditFailure must be one of ${[...AUDIT_FAILURES.keys()].join(", ")}`);
  }
  const { accountMs = 5_000, catalogMs = 60_000, entries = 1_000, ...unknown } = cache;
  checkCache({ accountMs, catalogMs, entries }, unknown);
  const { botCheck, resolve } = options;
  const given = { botCheck, clientAddress: options.clientAddress, fetch: options.fetch };
  const functions = { ...given, now, log: write === false ? undefined : write, resolve };
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== "function")
      throw wrong(`${name} must be a function`);
  }
  // A Date, or nothing, would be a time in which no day and no lease ends.
  if (!isClock(now)) throw wrong("now must give milliseconds, as Date.now does");
  const missing = STORE_OPERATIONS.find((name) => typeof store?.[name] !== "function");
  if (missing !== undefined) throw wrong(`store has no ${missing}()`);
  const fetch = options.fetch ?? ((request) => globalThis.fetch(request));
  const send = options.fetch === undefined ? sendHere : sendBy(options.fetch);
  const session = sessionOf(identify);
  const webhooks = options.webhooks === undefined ? undefined : webhooksOf(options.webhooks);
  const settings = {
    policy,
    origins: origins ?? null,
    upstream,
    basePath,
    hooks,
    ...about,
    audit: audit === undefined ? "none" : AUDIT_FAILURES.get(onAuditFailure),
    cache: { accountMs, catalogMs },
    webhooks: webhooks?.settings,
    botCheck: botCheck !== undefined,
    session: session !== undefined,
    cookies: session !== undefined || readsCookies(identify),
  };
  const log = createLog(write);
  const where = store.volatile === true && whereItCounts();
  if (where) {
    const message = `memoryStore ${where}: caps and idempotency keys are lost with the process, and two processes share none`;
    log("warn", "start", { message });
  }
  const telemetry = telemetryOf(options.telemetry, { upstream, basePath, policy, siteName });
  const kept = guarded(store);
  const here = memoryStore();
  const stores = { store: telemetry?.counting(kept) ?? kept, here };
  const answers = createCache(entries);
  const inMemory = { memory: operationsOf(store), here: operationsOf(here), cache: answers };
  const values = Object.fromEntries(
    ["get", "put", "remove"].map((name) => [name, (op) => stores.store(name, op)]),
  );
  const tell = (message) => log("warn", "note", { message });
  const ring = openRing(credential, { upstream, fetch, send, now, log: tell });
  // What identity providers may use of the proxy.
  const [origin] = Array.isArray(origins) ? origins : [];
  const spent = {
    store: stores.store,
    now,
    log: tell,
    /** @type {(now: number) => any} The decisions' own, which are not there yet. */
    budget: (at) => JSON.parse(parts.engine.ask("budget", at)),
  };
  const proxy = {
    site: about.siteId,
    upstream,
    fetch: spending(fetch, spent),
    store: values,
    now,
    log: tell,
    basePath,
    origin,
    /** @type {string[]} Known when the policy was read. */
    claims: [],
    /** @type {((text: string) => string) | undefined} SHA-256, once the engine is there. */
    digest: undefined,
  };
  /** @type {any} */
  const parts = {
    settings,
    ring,
    proxy,
    session,
    identify,
    resolve: resolve && resolver(resolve),
    confirm,
    botCheck,
    clientAddress: options.clientAddress,
    hostAddress: clientAddress,
    ...stores,
    upstream,
    now,
    log,
    audit,
    send,
    inTime,
    cache: answers,
    host: createHost({ ...inMemory, now }),
    glance: resolve === undefined ? glances.get(identify) : undefined,
    webhooks,
    telemetry,
  };
  return parts;
}

function telemetryOf(given, { policy, ...about }) {
  if (given === undefined) return undefined;
  try {
    return createTelemetry(given, { ...about, actions: Object.keys(policy?.actions ?? {}) });
  } catch (error) {
    throw typeof error === "string" ? wrong(error) : error;
  }
}

function isClock(now) {
  try {
    return Number.isFinite(now());
  } catch {
    return true; // one that fails now and then fails its requests, each closed
  }
}

function webhooksOf(given) {
  try {
    return createWebhooks(given);
  } catch (error) {
    throw typeof error === "string" ? wrong(error) : error;
  }
}

/** @returns {((record: object) => unknown) | undefined} */
function sinkOf(audit) {
  if (audit === undefined || typeof audit === "function") return audit;
  if (typeof audit?.write !== "function") {
    throw wrong("audit must be a function, or a sink with write(record)");
  }
  return (record) => audit.write(record);
}

function checkCache(numbers, unknown) {
  const [strange] = Object.keys(unknown);
  if (strange !== undefined) {
    throw wrong(`cache.${strange} is unknown; there are ${Object.keys(numbers).join(", ")}`);
  }
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 0 || value > 2 ** 31) {
      throw wrong(`cache.${name} must be a whole number, 0 or more`);
    }
  }
}

/** A list is a rotation. */
function credentialOf(given) {
  try {
    return Array.isArray(given) ? rotate(given) : given;
  } catch (error) {
    throw wrong(`credential: ${error.message}`);
  }
}

/** Checks the options, and learns which claims of a token the policy asks for. */
export function start(instance, parts) {
  try {
    parts.engine = instance.engine(JSON.stringify(parts.settings), parts.host);
    parts.proxy.claims = JSON.parse(parts.engine.ask("claims"));
    parts.proxy.digest = (text) => parts.engine.ask("digest", text);
  } catch (error) {
    // Rust throws the list of mistakes as text.
    throw typeof error === "string" ? wrong(error) : error;
  }
}

/** @type {[name: string, value?: string][]} What hosts set where the real thing runs; without a value, any. */
const MARKERS = [
  ["NODE_ENV", "production"],
  ["VERCEL_ENV", "production"],
  ["CF_PAGES"],
  ["K_SERVICE"],
  ["AWS_LAMBDA_FUNCTION_NAME"],
  ["DENO_DEPLOYMENT_ID"],
];

/** Where memory is no place for what must not be forgotten. Workers set nothing, and are many from the start. */
function whereItCounts() {
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") return "on Workers";
  try {
    const { env = {} } = globalThis.process ?? {};
    const isSet = ([name, value]) => (value === undefined ? env[name] : env[name] === value);
    return MARKERS.some(isSet) ? "in production" : undefined;
  } catch {
    return undefined; // Deno without permission to read the environment
  }
}

export function defaultLog(line) {
  // eslint-disable-next-line no-console -- a proxy that is told of no log must not fail in silence
  console.error(line);
}
