// What spans tell of each effect. Everything here is chosen by name: an effect carries ids, keys and bodies, and none
// of them belongs in a trace.

export const INTERNAL = 0;
export const SERVER = 1;
export const CLIENT = 2;

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** A path that is known to be of our table, without its query and with `{id}` for each id. */
export const templateOf = (path) => path.split("?")[0].replace(GUID, "{id}");

/**
 * An effect's span as it begins: its name, its kind and what is known by then. Effects that are not here take no time.
 *
 * @type {Record<string, (effect: any, host: Host) => [name: string, kind: number, attributes: object]>}
 * @typedef {{ address: string, port: number, scheme: string }} Host Where upstream is.
 */
export const BEGINS = {
  identify: () => ["identify", INTERNAL, {}],
  document: () => ["document", INTERNAL, {}],
  session: ({ step: { step } }) => [`session ${step}`, INTERNAL, {}],
  readBody: () => ["read body", INTERNAL, {}],
  botCheck: () => ["bot check", INTERNAL, {}],
  confirm: ({ hook }) => ["confirm", INTERNAL, { "loyalty.hook": hook }],
  verify: () => ["verify", INTERNAL, {}],
  handle: ({ event }) => ["handle", INTERNAL, { "loyalty.event": event.type }],
  recall: () => ["cache", INTERNAL, {}],
  wait: () => ["wait", INTERNAL, {}],
  audit: ({ record }) => ["audit", INTERNAL, { "loyalty.audit.phase": record.phase }],
  store: ({ op }) => [`store ${op.op}`, CLIENT, { "loyalty.store.operation": op.op }],
  upstream: ({ call }, { address, port, scheme }) => [
    `${call.method} ${templateOf(call.path)}`,
    CLIENT,
    {
      "http.request.method": call.method,
      "url.template": templateOf(call.path),
      "url.scheme": scheme,
      "server.address": address,
      "server.port": port,
      "loyalty.upstream.auth": call.auth,
    },
  ],
};

/**
 * What is known of it at its end, by its event. `error` is the `error.type` of one that went wrong.
 *
 * @type {Record<string, (event: any) => { attributes?: object, error?: string }>}
 */
export const ENDS = {
  failed: ({ reason }) => ({ error: named(reason) }),
  notAuthenticated: () => ({ attributes: { "loyalty.outcome": "refused" } }),
  unknownMember: () => ({ attributes: { "loyalty.outcome": "refused" } }),
  signInFailed: () => ({ attributes: { "loyalty.outcome": "refused" } }),
  bodyTooLarge: () => ({ attributes: { "loyalty.outcome": "refused" } }),
  bodyTooSlow: () => ({ attributes: { "loyalty.outcome": "refused" } }),
  identified: ({ role }) => ({ attributes: { "loyalty.role": role } }),
  confirmed: ({ yes }) => ({ attributes: { "loyalty.outcome": yes ? "confirmed" : "refused" } }),
  recalled: ({ text }) => ({
    attributes: { "loyalty.cache.result": text === null ? "miss" : "hit" },
  }),
  stored: ({ reply, here }) => ({
    attributes: { "loyalty.outcome": reply.kind, ...(here ? { "loyalty.store.here": true } : {}) },
  }),
  replied: ({ status }) => ({
    attributes: { "http.response.status_code": status },
    ...(status >= 400 ? { error: String(status) } : {}),
  }),
  noReply: ({ why }) => ({ error: why }),
};

/** An error's name and code, where they look like nothing else: `TimeoutError`, `Error ECONNREFUSED`. */
const named = (reason) =>
  /^[A-Z][A-Za-z]{1,40}( [A-Z][A-Z0-9_]{1,40})?$/.test(reason ?? "") ? reason : "_OTHER";
