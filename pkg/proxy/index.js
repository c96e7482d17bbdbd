import { createInstance } from "./instance.js";
import { createLog } from "./log.js";
import { ConfigurationError, defaultLog, partsOf, start, wrong } from "./options.js";
import { ordersOf } from "./orders.js";
import { BROKEN, NO_SITE, plainProblem } from "./plain-problem.js";
import { directs, ofRequest } from "./incoming.js";
import { sendByOwnFetch } from "./send.js";
import { World, drive, nameOf } from "./shell.js";
import { checkApart, chooser, siteOptions } from "./sites.js";
import { uuid } from "./uuid.js";
import { within } from "./within.js";

// The proxy as every runtime shares it. How the wasm is loaded differs, so each entry in load/ gives its own way.

/**
 * Makes `createProxy` for a runtime.
 *
 * @param {{
 *   Engine: any,
 *   renew: () => void,
 *   load: () => Promise<unknown> | undefined,
 *   clientAddress?: Function,
 *   send?: import("./send.js").Send,
 *   inTime?: import("./within.js").InTime,
 * }} runtime
 *   `load` is `undefined` where it is done at once, so that bad options throw where they are written. `clientAddress` is
 *   what the runtime knows of where a request came from, `send` its best way upstream, `inTime` its cheapest clock.
 * @returns {import("./index.js").createProxy}
 */
export function createProxyWith({
  Engine,
  renew,
  load,
  clientAddress = () => undefined,
  send = sendByOwnFetch,
  inTime = within,
}) {
  const instance = createInstance({ Engine, renew });
  const host = { clientAddress, send, inTime };
  return function createProxy(options) {
    const ready = load();
    if (typeof options !== "function") {
      const house = houseOf(options, host);
      const open = (each) => each.engine ?? start(instance, each);
      if (ready === undefined) {
        house.sites.forEach(open);
        return surfaceOf(() => house);
      }
      return surfaceOf(async () => {
        await ready;
        house.sites.forEach(open);
        return house;
      });
    }
    // One proxy for each environment: a store made in the function lives as long as the environment does.
    const made = new WeakMap();
    const shared = {};
    const houseIn = (env) => {
      const key = isEnvironment(env) ? env : shared;
      let house = made.get(key);
      if (house === undefined) {
        house = houseOf(options(key), host);
        house.sites.forEach((parts) => start(instance, parts));
        made.set(key, house);
      }
      return house;
    };
    return surfaceOf(ready === undefined ? houseIn : (env) => ready.then(() => houseIn(env)));
  };
}

/**
 * Whether this is what a host gives to all its requests. Deno and Next hand in something new with each request: a proxy
 * for each of those would count to one and begin again.
 */
function isEnvironment(env) {
  if (typeof env !== "object" || env === null) return false;
  return !("remoteAddr" in env || "params" in env || "waitUntil" in env);
}

/**
 * What a proxy can do, by way of the sites that it has in an environment.
 *
 * @param {(env?: unknown) => any} houseIn Gives, or promises, the house; throws or rejects where its options are wrong.
 */
function surfaceOf(houseIn) {
  const direct = (request, env) => answer(houseIn, request, env);
  const fetch = (request, env, context) => {
    const answered = direct(ofRequest(request), env).then((answered) => answered.response());
    keepAlive(answered, env, context);
    return answered;
  };
  directs.set(fetch, direct);
  return {
    fetch,
    prepare: (env) => prepare(async () => houseIn(env)),
    ...ordersOf(async (order, { env, site }) => carryOut(siteOf(await houseIn(env), site), order)),
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
 * @returns {{ sites: Map<string, any>, isMany: boolean, basePath: string, pick: (request: import("./incoming.js").Incoming) => any }}
 */
function houseOf(options, host) {
  if (options?.sites === undefined) {
    const parts = partsOf(options, host);
    const sites = new Map([["", parts]]);
    return { sites, isMany: false, basePath: parts.settings.basePath, pick: () => parts };
  }
  const { site, basePath = "/loyalty" } = options;
  if (site !== undefined && typeof site !== "function") throw wrong("site must be a function");
  try {
    const made = siteOptions(options).map(([name, each]) => [name, partsOf(each, host, name)]);
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

/**
 * A page that goes away must not end what was begun for it: Workers stop a request between two lines then, and a payment
 * would wait for the end of its lease. Workers hand the way to say so in as the third argument, others as the second.
 */
function keepAlive(answered, ...given) {
  const host = given.find((each) => typeof each?.waitUntil === "function");
  try {
    host?.waitUntil(answered.then(() => {}));
  } catch {
    // Then it ends with the page, and its lease by itself.
  }
}

/**
 * Answers a request. The last resort fails closed: whatever is thrown here is a 500 without a word of it.
 *
 * @returns {Promise<import("./incoming.js").Answer>}
 */
async function answer(houseIn, request, env) {
  const requestId = uuid();
  const began = performance.now();
  let log = firstLog;
  let way, held, watch;
  const tell = (status, facts) => {
    if (log.isSilent && watch === undefined) return;
    log(status < 500 ? "info" : "error", "request", {
      requestId,
      method: METHODS.has(request.method) ? request.method : "other",
      status,
      ms: Math.round(performance.now() - began),
      ...facts,
      ...watch?.facts,
    });
    watch?.end(status, facts);
  };
  try {
    let house = houseIn(env);
    if (house instanceof Promise) house = await house;
    const parts = house.pick(request);
    if (parts === undefined) {
      tell(NO_SITE.status, { code: NO_SITE.code });
      return plainProblem(NO_SITE, requestId);
    }
    ({ log } = parts);
    watch = parts.telemetry?.request(request);
    held = parts.cache.enter();
    const isWatched = watch !== undefined;
    const world = new World(parts, request, requestId, held);
    const caller = isWatched ? undefined : world.glance();
    const begin = beginningOf(parts, request, requestId, {
      address: addressOf(parts, request, env),
      caller,
    });
    way = parts.engine.way(begin, { requestId, held, isWatched });
    const answered = await drive(watch?.way(way) ?? way, watch?.world(world) ?? world, {
      now: parts.now,
      isTold: isWatched || !log.isSilent,
    });
    for (const message of answered.log) world.note(message);
    tell(answered.status, answered.summary);
    answered.cookies = world.cookies;
    return answered;
  } catch (error) {
    // Mistakes in the options are ours to explain; anything else may quote what it should not.
    const reason = error instanceof ConfigurationError ? error.message : nameOf(error);
    tell(BROKEN.status, { code: BROKEN.code, reason });
    return plainProblem(BROKEN, requestId);
  } finally {
    held?.end();
    free(way);
  }
}

/** Carries out an order of the developer's own backend: no request, no caller, no cookie. */
async function carryOut(parts, order) {
  const requestId = uuid();
  const began = performance.now();
  const { log, now } = parts;
  const watch = parts.telemetry?.order(order.order);
  const held = parts.cache.enter();
  const tell = (status, facts) => {
    const ms = Math.round(performance.now() - began);
    const level = status < 500 ? "info" : "error";
    log(level, "order", { requestId, status, ms, ...facts, ...watch?.facts });
    watch?.end(status, facts);
  };
  let way;
  try {
    const text = JSON.stringify({ requestId, ...order });
    const about = { requestId, held, isWatched: watch !== undefined };
    way = parts.engine.way((engine, id, at) => engine.order(id, text, at), about);
    const world = new World(parts, undefined, requestId, held);
    const answered = await drive(watch?.way(way) ?? way, watch?.world(world) ?? world, {
      now,
      isTold: true,
    });
    for (const message of answered.log) world.note(message);
    tell(answered.status, answered.summary);
    return { status: answered.status, body: answered.body };
  } catch (error) {
    tell(BROKEN.status, { code: BROKEN.code, reason: nameOf(error) });
    return { status: BROKEN.status, body: plainProblem(BROKEN, requestId).body };
  } finally {
    held.end();
    free(way);
  }
}

/** Until it is known whose log it is. */
const firstLog = createLog(defaultLog);

/** What the log repeats; any other word of a request may be anything. */
const METHODS = new Set(["GET", "POST", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE"]);

/** The answer is made: nothing else hangs on it. */
function free(way) {
  try {
    way?.end();
  } catch {
    // The instance trapped, and will be replaced.
  }
}

/**
 * Where a request came from, or nothing. A function that fails is no reason to turn everybody away: the other limits
 * hold.
 */
function addressOf(parts, request, env) {
  let reason = "this runtime tells none; give clientAddress";
  try {
    const address = askAddress(parts, request, env);
    if (typeof address === "string" && address !== "") return address;
  } catch (error) {
    reason = `clientAddress failed: ${nameOf(error)}`;
  }
  // Once is enough: it would be so with every request.
  if (parts.settings.policy?.limits?.addressPerMinute !== undefined && !parts.warned) {
    parts.warned = true;
    const message = `addressPerMinute counts nothing where a request's address is unknown: ${reason}`;
    parts.log("warn", "start", { message });
  }
  return null;
}

function askAddress({ clientAddress, hostAddress }, request, env) {
  if (clientAddress !== undefined) return clientAddress(request.whole(), env);
  return "address" in request ? request.address : hostAddress(request.whole(), env);
}

/** The headers that decisions may see, in the order in which they read them: these and no others (P8). */
const SEEN = [
  ...["origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "x-loyalty-client"],
  ...["content-type", "content-encoding", "idempotency-key"],
  ...["access-control-request-method", "x-wix-consistent"],
];

/** Takes a request in, as `Request::read` in crates/proxy/src/request.rs reads it. */
function beginningOf({ engine }, request, requestId, { address, caller }) {
  const { method, target, headers, headerCount, headerBytes } = request;
  let lines = `=${method}\n=${target}\n=${requestId}`;
  for (const name of SEEN) {
    const value = headers.get(name);
    lines += value === null ? "\n" : `\n=${value}`;
  }
  const hasAuthorization = headers.get("authorization") === null ? 0 : 1;
  lines += `\n=${hasAuthorization} ${headerCount} ${headerBytes}`;
  lines += address === null ? "\n" : `\n=${address}`;
  return (rust, id, now) => {
    const known = caller === undefined ? 0 : engine.numberOf(caller);
    return rust.begin(id, lines, known, now);
  };
}
