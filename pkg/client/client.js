// Clients: their configuration, checked at once, and their functions, bound. No I/O happens here.
import { LoyaltyError, reason } from "./errors.js";
import { keep, misconfigured } from "./clients.js";
import { groups } from "../generated/groups.js";
import { me } from "./me.js";
import { earn, history, preview, redeem } from "./points.js";
import { VERSION } from "../generated/version.js";

const OPTIONS =
  /^(proxy|token|fetch|timeoutMs|name|retryBudget|reads|on(Request|Response|Retry|Error))$/;

/**
 * A token on its way into a header.
 *
 * @param {unknown} token
 */
function authorization(token) {
  if (token === undefined || token === null || token === "") return undefined;
  if (typeof token !== "string")
    misconfigured("token", "must be a string, or a function that gives one.");
  const bare = token.replace(/^Bearer\s+/i, "");
  if (/^(IST|SANDBOX)\./i.test(bare)) {
    misconfigured(
      "token",
      "this is an elevated credential, and anyone who opens the page could read it. Give it to the proxy as its `credential`, and to the client the signed-in visitor's own token. Now that it was here, replace it.",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(bare)) misconfigured("token", "has characters that no token has.");
  return `Bearer ${bare}`;
}

/** Checks a configuration. */
function read(config) {
  if (!config || typeof config !== "object")
    misconfigured("config", "must be an object with `proxy`.");
  for (const [option, value] of Object.entries(config)) {
    if (!OPTIONS.test(option)) misconfigured(option, "is not an option of the client.");
    if (/^(fetch|on)/.test(option) && value !== undefined && typeof value !== "function")
      misconfigured(option, "must be a function.");
  }
  const {
    proxy,
    timeoutMs = 30_000,
    name = `loyalty-edge/${VERSION}`,
    retryBudget = 10,
    reads,
  } = config;
  if (typeof proxy !== "string" || !/^(https?:\/\/[^/?#\s]+)?(\/[^?#\s]*)?$/.test(proxy)) {
    misconfigured("proxy", "must be the proxy's URL or path, without query and fragment.");
  }
  if (reads && !(reads.staleMs >= 0)) misconfigured("reads", "must have staleMs, 0 or more.");
  if (!(timeoutMs > 0)) misconfigured("timeoutMs", "must be a number of milliseconds above 0.");
  if (!(retryBudget >= 0)) misconfigured("retryBudget", "must be 0 or more.");
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) misconfigured("name", "must be like `shop/1.0`.");
  return {
    ...config,
    proxy: proxy.replace(/\/+$/, ""),
    timeoutMs,
    name,
    retryBudget,
    budget: retryBudget,
    reads: reads && { ...reads, known: new Map() },
    extras: reads || /\bon/.test(Object.keys(config)) || undefined,
  };
}

/** What the loop of call.js needs. */
function open(config) {
  const client = read(config);
  const { token, fetch, name } = client;
  // A token that is none is no reason to ask for one.
  const fixed = typeof token === "function" ? undefined : (authorization(token) ?? "");
  return Object.assign(client, {
    fixed,
    bearer: async (hint) => fixed ?? authorization(await provided(token, hint)),
    // Looked up at each call, so that a page's later wrapper counts; never called as a method of ours.
    fetch: (url, init) => (fetch ?? globalThis.fetch)(url, init),
    headers({ used, body, key }) {
      const headers = { "X-Loyalty-Client": name };
      if (used) headers.Authorization = used;
      if (body) headers["Content-Type"] = "application/json";
      if (key) headers["Idempotency-Key"] = key;
      return headers;
    },
  });
}

async function provided(token, hint) {
  try {
    return await token(hint);
  } catch (cause) {
    // Never without a token instead: a member's call must not become a visitor's.
    throw new LoyaltyError("UNAUTHENTICATED", `The token function failed: ${reason(cause)}`, {
      cause,
    });
  }
}

/**
 * Makes a client of its own: on a server, one for each request.
 *
 * @type {typeof import("./index.js").createClient}
 */
export function createClient(config) {
  const self = {};
  keep(open(config), self);
  self.me = me.bind(self);
  for (const [group, functions] of Object.entries({
    ...groups(),
    points: { earn, history, preview, redeem },
  })) {
    self[group] = {};
    for (const [name, run] of Object.entries(functions))
      self[group][name] = Object.defineProperty(run.bind(self), "name", { value: name });
  }
  return self;
}

/** Whether this is a page, or a worker that a browser runs: where one default client has one user. */
const inBrowser = () =>
  ("document" in globalThis || "WorkerGlobalScope" in globalThis) &&
  /^Mozilla\//.test(globalThis.navigator?.userAgent);

/**
 * Sets up the default client, which the functions use that belong to no other.
 *
 * @type {typeof import("./index.js").configure}
 */
export function configure(config) {
  const client = open(config);
  if (config.token !== undefined && !inBrowser()) {
    misconfigured(
      "token",
      "a server's requests share the default client, and with it one user's token. Use createClient() for each request.",
    );
  }
  keep(client);
}
