import { describe } from "./credential/credential.js";
import { openRing } from "./credential/ring.js";
import { rotate } from "./credential/rotate.js";
import { readsCookies } from "./identify/custom.js";
import { resolver } from "./identify/resolve.js";
import { BROKEN, NO_SITE, plainProblem } from "./plain-problem.js";
import { sessionOf } from "./session/session.js";
import { checkApart, chooser, siteOptions } from "./sites.js";
import { drive, nameOf, worldOf } from "./shell.js";
import { guarded } from "./stores/guard.js";
import { memoryStore } from "./stores/memory.js";

// The proxy as every runtime shares it. How the wasm is loaded differs, so each entry in load/ gives its own way.

const KNOWN = new Set([
  "audit",
  "basePath",
  "botCheck",
  "clientAddress",
  "confirm",
  "credential",
  "fetch",
  "identify",
  "log",
  "now",
  "origins",
  "policy",
  "resolve",
  "store",
  "upstream",
]);
const STORE_OPERATIONS = ["reserve", "settle", "release", "hit", "get", "put", "remove"];

/**
 * Makes `createProxy` for a runtime.
 *
 * @param {{ Engine: any, load: () => Promise<unknown> | undefined, clientAddress?: Function }} runtime `load` is
 *   `undefined` where it is done at once, so that bad options throw where they are written. `clientAddress` is what the
 *   runtime knows of where a request came from.
 * @returns {import("./index.js").createProxy}
 */
export function createProxyWith({ Engine, load, clientAddress = () => undefined }) {
  return function createProxy(options) {
    const ready = load();
    if (typeof options !== "function") {
      const house = houseOf(options, clientAddress);
      const open = (each) => each.engine ?? start(Engine, each);
      if (ready === undefined) house.sites.forEach(open);
      return surfaceOf(async () => {
        await ready;
        house.sites.forEach(open);
        return house;
      });
    }
    // One proxy for each environment: a store made in the function lives as long as the environment does.
    const made = new WeakMap();
    const shared = {};
    return surfaceOf(async (env) => {
      await ready;
      const key = typeof env === "object" && env !== null ? env : shared;
      let house = made.get(key);
      if (house === undefined) {
        house = houseOf(options(env), clientAddress);
        house.sites.forEach((parts) => start(Engine, parts));
        made.set(key, house);
      }
      return house;
    });
  };
}

/** What a proxy can do, by way of the sites that it has in an environment. */
function surfaceOf(houseIn) {
  return {
    fetch: (request, env) => answer(() => houseIn(env), request, env),
    prepare: (env) => prepare(() => houseIn(env)),
    async revoke(who, { env, site } = {}) {
      const { session, proxy } = siteOf(await houseIn(env), site);
      if (session === undefined) throw new TypeError("revoke: identify is no session");
      await session.revoke(who, proxy);
    },
  };
}

/** The site of a name; without one the only site. */
function siteOf({ sites, isMany }, name) {
  if (isMany && name === undefined) throw new TypeError("there are several sites: name one");
  const parts = isMany ? sites.get(name) : sites.get("");
  if (parts === undefined) throw new TypeError(`there is no site ${name}`);
  return parts;
}

/**
 * The sites of a proxy, and which of them a request is for. A proxy of one site is a house of one room.
 *
 * @returns {{ sites: Map<string, any>, isMany: boolean, basePath: string, pick: (request: Request) => any }}
 */
function houseOf(options, clientAddress) {
  if (options?.sites === undefined) {
    const parts = partsOf(options, clientAddress);
    const sites = new Map([["", parts]]);
    return { sites, isMany: false, basePath: parts.settings.basePath, pick: () => parts };
  }
  const { site, basePath = "/loyalty" } = options;
  if (site !== undefined && typeof site !== "function") throw wrong("site must be a function");
  try {
    const made = siteOptions(options).map(([name, each]) => [name, partsOf(each, clientAddress)]);
    checkApart(made, site === undefined);
    const sites = new Map(made);
    return { sites, isMany: true, basePath, pick: chooser(sites, site) };
  } catch (error) {
    throw typeof error === "string" ? wrong(error) : error;
  }
}

/** A server that starts should fail at its start over a wrong option, not with its first request. */
async function prepare(house) {
  const { basePath } = await house();
  return { basePath };
}

/** Answers a request. The last resort fails closed: whatever is thrown here is a 500 without a word of it. */
async function answer(house, request, env) {
  const requestId = crypto.randomUUID();
  let log = defaultLog;
  let call;
  try {
    const parts = (await house()).pick(request);
    if (parts === undefined) return plainProblem(NO_SITE, requestId);
    log = parts.log;
    const cookies = [];
    const world = worldOf(parts, request, (line) => cookies.push(line));
    const address = addressOf(parts, request, env);
    call = parts.engine.begin(JSON.stringify({ ...seen(request, requestId), address }));
    const { status, headers, body, log: lines } = await drive(call, world, parts.now);
    for (const line of lines) log(`${requestId} ${line}`);
    const all = [...headers, ...cookies.map((line) => ["set-cookie", line])];
    return new Response(status === 204 ? null : body, { status, headers: all });
  } catch (error) {
    try {
      // Mistakes in the options are ours to explain; anything else may quote what it should not.
      log(`${requestId} ${error instanceof ConfigurationError ? error.message : nameOf(error)}`);
    } catch {
      // A log that throws takes nothing down with it.
    }
    return plainProblem(BROKEN, requestId);
  } finally {
    free(call);
  }
}

/** After a trap the object may be borrowed for ever: then it is left to the collector. */
function free(call) {
  try {
    call?.free();
  } catch {
    // The answer is made; nothing else hangs on it.
  }
}

/**
 * Where a request came from, or nothing. A function that fails is no reason to turn everybody away: the other limits
 * hold.
 */
function addressOf(parts, request, env) {
  let reason = "this runtime tells none; give clientAddress";
  try {
    const address = parts.clientAddress(request, env);
    if (typeof address === "string" && address !== "") return address;
  } catch (error) {
    reason = `clientAddress failed: ${nameOf(error)}`;
  }
  // Once is enough: it would be so with every request.
  if (parts.settings.policy?.limits?.addressPerMinute !== undefined && !parts.warned) {
    parts.warned = true;
    parts.log(`addressPerMinute counts nothing where a request's address is unknown: ${reason}`);
  }
  return null;
}

/** What decisions may see of a request: these headers and no others. */
function seen(request, requestId) {
  const { pathname, search } = new URL(request.url);
  const header = (name) => request.headers.get(name);
  let headerCount = 0;
  let headerBytes = 0;
  for (const [name, value] of request.headers) {
    headerCount += 1;
    headerBytes += name.length + value.length;
  }
  return {
    method: request.method,
    target: pathname + search,
    requestId,
    origin: header("origin"),
    secFetchSite: header("sec-fetch-site"),
    secFetchMode: header("sec-fetch-mode"),
    secFetchDest: header("sec-fetch-dest"),
    client: header("x-loyalty-client"),
    contentType: header("content-type"),
    contentEncoding: header("content-encoding"),
    idempotencyKey: header("idempotency-key"),
    preflightMethod: header("access-control-request-method"),
    consistent: header("x-wix-consistent"),
    hasAuthorization: header("authorization") !== null,
    headerCount,
    headerBytes,
  };
}

class ConfigurationError extends Error {
  name = "LoyaltyError";
  code = "INVALID_CONFIGURATION";
}

function wrong(message) {
  return new ConfigurationError(`createProxy: ${message}`);
}

/** The options with their defaults, each of the right kind. */
function partsOf(options, clientAddress) {
  if (typeof options !== "object" || options === null) throw wrong("give options");
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw wrong(`unknown option ${name}; there are ${[...KNOWN].join(", ")}`);
  }
  const { identify, policy, origins, audit } = options;
  const credential = credentialOf(options.credential);
  const { confirm = {}, store = memoryStore(), upstream = "https://www.wixapis.com" } = options;
  const { basePath = "/loyalty", now = Date.now, log = defaultLog } = options;
  const about = describe(credential);
  if (about === undefined) throw wrong("credential is missing; write apiKey({ key, siteId })");
  if (typeof identify !== "function")
    throw wrong("identify is missing; write jwt({ … }) or custom(…)");
  if (policy === undefined) throw wrong("policy is missing; without one nobody may do anything");
  const hooks = Object.keys(confirm);
  const notFunctions = hooks.filter((name) => typeof confirm[name] !== "function");
  if (notFunctions.length > 0) throw wrong(`confirm.${notFunctions[0]} must be a function`);
  const { botCheck, resolve } = options;
  const given = { audit, botCheck, clientAddress: options.clientAddress, fetch: options.fetch };
  for (const [name, value] of Object.entries({ ...given, now, log, resolve })) {
    if (value !== undefined && typeof value !== "function")
      throw wrong(`${name} must be a function`);
  }
  const missing = STORE_OPERATIONS.find((name) => typeof store?.[name] !== "function");
  if (missing !== undefined) throw wrong(`store has no ${missing}()`);
  const fetch = options.fetch ?? ((request) => globalThis.fetch(request));
  const session = sessionOf(identify);
  const settings = {
    policy,
    origins: origins ?? null,
    upstream,
    basePath,
    hooks,
    ...about,
    audit: audit !== undefined,
    botCheck: botCheck !== undefined,
    session: session !== undefined,
    cookies: session !== undefined || readsCookies(identify),
  };
  if (store.volatile === true && isProduction()) {
    log(
      "memoryStore in production: caps and idempotency keys are lost with the process, and two processes share none",
    );
  }
  const stores = { store: guarded(store), here: memoryStore() };
  const values = Object.fromEntries(
    ["get", "put", "remove"].map((name) => [name, (op) => stores.store(name, op)]),
  );
  const tell = quietly(log);
  const ring = openRing(credential, { upstream, fetch, now, log: tell });
  // What identity providers may use of the proxy.
  const [origin] = Array.isArray(origins) ? origins : [];
  const proxy = {
    site: about.siteId,
    upstream,
    fetch,
    store: values,
    now,
    log: tell,
    basePath,
    origin,
    /** @type {string[]} Known when the policy was read. */
    claims: [],
  };
  return {
    settings,
    ring,
    proxy,
    session,
    identify,
    resolve: resolve && resolver(resolve),
    confirm,
    botCheck,
    clientAddress: options.clientAddress ?? clientAddress,
    ...stores,
    upstream,
    now,
    log,
    audit,
    fetch,
  };
}

/** A log that throws takes nothing down with it. */
function quietly(log) {
  return (line) => {
    try {
      log(line);
    } catch {
      // What was to be told is lost; what was to be done is done.
    }
  };
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
function start(Engine, parts) {
  try {
    parts.engine = new Engine(JSON.stringify(parts.settings));
    parts.proxy.claims = JSON.parse(parts.engine.claims());
  } catch (error) {
    // Rust throws the list of mistakes as text.
    throw typeof error === "string" ? wrong(error) : error;
  }
}

function isProduction() {
  try {
    return globalThis.process?.env?.NODE_ENV === "production";
  } catch {
    return false; // Deno without permission to read the environment
  }
}

function defaultLog(line) {
  // eslint-disable-next-line no-console -- a proxy that is told of no log must not fail in silence
  console.error(line);
}
