import type { Credential } from "./credential.js";
import type { Caller, Identify } from "./identity.js";

export * from "./credential.js";
export * from "./identity.js";

/** A named way to earn. */
export interface PolicyAction {
  /** Points that it pays, 1 to 9,999,999: the same for all, or by a parameter of the claim. */
  amount: number | PolicyAmountTable;
  /** What the transaction says, 1 to 100 characters. */
  description: string;
  /** The activity type of the transaction, 1 to 100 characters. */
  activityType?: string;
  /** The app in whose name it pays; the Loyalty app's own by default. */
  appId?: string;
  limit: {
    /** How often one member may in a UTC day. */
    perMemberPerDay: number;
    /** How often one member may for one subject, for all time. */
    perSubject?: number;
    /** Whether a subject pays one member only, and once: the first to claim it. */
    uniqueSubject?: boolean;
    /** The least time between two claims of one member, in seconds, at most 30 days. */
    cooldownSeconds?: number;
    /** Claims of all members together in a minute. */
    perMinute?: number;
  };
  /**
   * What makes two claims one and the same, whatever key the client sends: `subject`, `day` (UTC),
   * `parameters.NAME`. Without it, a limit that is one says it; else the client's own key does.
   */
  key?: string[];
  /**
   * Claims that the member's token has to have, by name: a value, or a list of which it has one. A token that lacks
   * the claim is refused. Only claims that are named here come in.
   */
  eligible?: Record<string, PolicyClaim | PolicyClaim[]>;
  /** The hook that proves the deed. */
  confirm?: string;
  /** Whether the `botCheck` option is asked first. */
  botCheck?: boolean;
}

/** Points by a parameter of the claim: `{ "by": "size", "values": { "small": 5, "large": 20 } }`. */
export interface PolicyAmountTable {
  /** The parameter. A claim without it, or with a value that is not in the table, is refused with its name. */
  by: string;
  /** Points by the parameter's value, 1 to 9,999,999 each. */
  values: Record<string, number>;
}

export type PolicyClaim = string | number | boolean;

/** Which fields a role may send and see. Dotted wire names; a path stands for all that is below it. */
export interface PolicyMask {
  /** The only fields that a request may have, beside those in its path. */
  send?: string[];
  /** The only optional fields of the answer. What every answer holds stays in it. Not together with `hide`. */
  see?: string[];
  /** Optional fields that are taken out of the answer, and that can't be filtered, sorted or searched by. */
  hide?: string[];
}

export type PolicyRole = "visitor" | "member" | "staff" | "admin";

/** Who may do what, and what an action is worth. `loyalty-edge policy check FILE` explains one. */
export interface Policy {
  $schema?: string;
  /**
   * Operations, `operation:own`, `operation:any`, `earn:action`, and for staff and admin `*`. Nothing else is allowed to
   * anybody.
   */
  grants?: { [Role in PolicyRole]?: string[] };
  /** Field masks by role and operation. */
  masks?: { [Role in PolicyRole]?: Record<string, PolicyMask> };
  actions?: Record<string, PolicyAction>;
  /** Operations and `earn:action`s that the `botCheck` option is asked about first. */
  botCheck?: string[];
  limits?: {
    /** Calls of one caller in a minute. */
    callerPerMinute?: number;
    /** Calls from one address in a minute; an IPv6 address counts with its /64. See `clientAddress`. */
    addressPerMinute?: number;
    /** Calls that go upstream in a minute, of all callers together. Default 180: upstream throttles at 200. */
    upstreamPerMinute?: number;
    /** Points that a member may earn by actions in a UTC day. */
    memberPointsPerDay?: number;
    /** The most accounts that one bulk call may change. Default 1,000. */
    bulkAccounts?: number;
    /** The most points that one bulk call may add to, take from or set for an account. */
    bulkPoints?: number;
    /** Bulk calls in a UTC day, of all admins together. */
    bulkPerDay?: number;
  };
}

/**
 * Decides whether a person calls, before the credential is used. Asked only about what the policy's `botCheck` names.
 * Anything but `true` refuses the call with 403 `PERMISSION_DENIED`; so does throwing, or taking 10 seconds.
 */
export type BotCheck = (call: {
  /** The request without its body: the token of the check stands in a header of your choice. */
  request: Request;
  caller: { role: PolicyRole; memberId?: string; contactId?: string };
  operation: string;
  /** The action, where the operation is `earn`. */
  action?: string;
}) => boolean | Promise<boolean>;

/**
 * Says where a request came from, for `addressPerMinute`. Read a forwarding header only where your own load balancer
 * sets it on every request: a header that a browser can set lets it be anywhere.
 */
export type ClientAddress = (request: Request, env: unknown) => string | undefined;

/** How far a caller gets: any account, the own one, or not at all. */
export type PolicyReach = "any" | "own" | "no";

/** What a policy comes to. */
export interface PolicyReport {
  /** What keeps it from being taken, each with its place (JSONPath) and how to mend it. */
  mistakes: { path: string; message: string }[];
  /** Every operation and every `earn:action`, and who may. Empty where there are mistakes. */
  matrix: ({
    operation: string;
    /** The roles whose mask leaves fields out. */
    masked: PolicyRole[];
    /** Whether the bot check comes first. */
    botCheck: boolean;
  } & Record<PolicyRole, PolicyReach>)[];
  /** What a sound policy may still be wrong about. */
  warnings: { path: string; why: string; mend: string }[];
  /** Why the decision that was asked for is as it is. */
  explanation?:
    | { caller: PolicyRole; operation: string; verdict: PolicyReach; because: string[] }
    | { error: string };
}

/**
 * Reads a policy as the proxy does, and says what it allows and what is risky in it: for tests and build scripts. On the
 * command line: `npx loyalty-edge policy check FILE`.
 *
 * @param question A caller and an operation, or `earn:action`, to be explained.
 */
export function checkPolicy(
  policy: unknown,
  question?: { role: string; operation: string },
): Promise<PolicyReport>;

/** Proves that a deed happened. Anything but `true` refuses the claim; so does throwing. */
export type Confirm = (claim: {
  caller: { role: string; memberId?: string; contactId?: string };
  subject: string | null;
  parameters: Record<string, string | number | boolean | null> | null;
}) => boolean | Promise<boolean>;

/** What the proxy remembers between requests. Each operation is atomic; `store.rs` says what each means. */
export interface Store {
  /** Set where two processes would not share it, or where it is gone with the process. */
  readonly volatile?: boolean;
  reserve(op: ReserveOperation): Promise<ReserveReply>;
  settle(op: {
    shard: string;
    key: string;
    token: string;
    status: number;
    body: string;
    keepUntil: number;
    now: number;
  }): Promise<{ kind: "ok" | "lost" }>;
  release(op: {
    shard: string;
    key: string;
    token: string;
    undo: boolean;
    now: number;
  }): Promise<{ kind: "ok" | "lost" }>;
  hit(op: {
    windows: { shard: string; counter: string; max: number; expiresAt: number }[];
    now: number;
  }): Promise<
    { kind: "ok"; left: number[] } | { kind: "limit"; counter: string; expiresAt: number }
  >;
  get(op: { key: string; now: number }): Promise<{ kind: "value"; value: string | null }>;
  put(op: {
    key: string;
    value: string;
    onlyNew: boolean;
    expiresAt: number;
    now: number;
  }): Promise<{ kind: "ok" | "exists" }>;
  remove(op: { key: string; now: number }): Promise<{ kind: "ok" }>;
}

export type StoreOperation = "reserve" | "settle" | "release" | "hit" | "get" | "put" | "remove";

export interface ReserveOperation {
  /** The part of a spread store that decides: all that one member does has the same. */
  shard: string;
  key: string;
  fingerprint: string;
  resume: boolean;
  leaseUntil: number;
  keepUntil: number;
  claims: {
    counter: string;
    id: string;
    amount: number;
    max: number;
    expiresAt: number | null;
  }[];
  now: number;
}

export type ReserveReply =
  | { kind: "reserved"; token: string; since: number }
  | { kind: "done"; status: number; body: string }
  | { kind: "held"; leaseUntil: number }
  | { kind: "unknown" }
  | { kind: "conflict" }
  | { kind: "limit"; counter: string; expiresAt: number | null };

/** A line of the audit: who did what, with which outcome. */
export interface AuditRecord {
  /** `intent` before a write, `outcome` after every verdict. */
  phase: "intent" | "outcome";
  at: string;
  requestId: string;
  site: string;
  operation: string;
  caller: { role: string; memberId?: string; contactId?: string };
  action?: string;
  accountId?: string;
  amount?: number;
  key?: string;
  transactionId?: string;
  /** The balance after, where it is known. */
  after?: number;
  status?: number;
  code?: string;
}

export interface ProxyOptions {
  /** What opens the loyalty service. A list is a rotation: see {@link rotate}. */
  credential: Credential | Credential[];
  identify: Identify;
  /**
   * For shops whose own login knows nothing of the site's members: says which member, or which contact, a member's
   * `subject` is. The ids must be GUIDs, and are kept for 5 minutes. `null` is 403 `PERMISSION_DENIED`; what it throws is
   * 503. Staff and admins are not asked about. An `upstreamToken` is not used beside it.
   */
  resolve?: (
    caller: Omit<Caller, "upstreamToken"> & { subject: string },
  ) =>
    | { memberId?: string; contactId?: string }
    | null
    | undefined
    | Promise<{ memberId?: string; contactId?: string } | null | undefined>;
  policy: Policy;
  /** The exact origins whose pages may call, such as `https://shop.example`. */
  origins: string[];
  /** Where calls go. Plain http is for a sandbox on loopback only. Default `https://www.wixapis.com`. */
  upstream?: string;
  /** The path that the proxy is mounted at. Default `/loyalty`. */
  basePath?: string;
  store?: Store;
  /** The hooks that actions name. */
  confirm?: Record<string, Confirm>;
  /** Asked about the operations that the policy's `botCheck` names. */
  botCheck?: BotCheck;
  /**
   * Where a request came from. Default: `CF-Connecting-IP` on Cloudflare, the socket's address with `serve` on Node and
   * with Deno's and Bun's own servers; never `X-Forwarded-For`. Addresses are hashed in the store and never logged.
   */
  clientAddress?: ClientAddress;
  /** Gets every verdict and every write. A write whose record can't be written is refused. */
  audit?: (record: AuditRecord) => void | Promise<void>;
  /** Gets one line at a time, without secrets or personal data. Default: standard error. */
  log?: (line: string) => void;
  fetch?: (request: Request) => Promise<Response>;
  /** The time, in milliseconds since 1970. */
  now?: () => number;
}

/** What stands in each site of a proxy of several. */
export interface SiteOptions extends Pick<ProxyOptions, "credential" | "identify" | "resolve"> {
  /** Default: that of all sites. */
  policy?: Policy;
  origins?: string[];
  confirm?: Record<string, Confirm>;
  botCheck?: BotCheck;
  /** Default: `basePath` of all sites, followed by the site's name unless there is a `site` function. */
  basePath?: string;
}

/**
 * Several sites. Each is a proxy of its own: no counter, key, cache, session or credential of one ever serves another.
 * What stands beside `sites` is for all of them.
 */
export interface SitesOptions extends Partial<
  Omit<ProxyOptions, "credential" | "identify" | "resolve">
> {
  /** Stands in each site. */
  credential?: never;
  /** Stands in each site. */
  identify?: never;
  /** Stands in each site: a function of both would name one site's member at the other. */
  resolve?: never;
  /** By name: 1 to 63 of `a-z`, `0-9` and `-`. */
  sites: Record<string, SiteOptions>;
  /**
   * Says which site a request is for, by its host for one. It sees neither token nor cookie; anything but the name of a
   * site is 404. Default: by path, `/loyalty/{name}/…`.
   */
  site?: (request: Request) => string | null | undefined;
}

export interface Proxy {
  fetch(request: Request, env?: unknown, context?: unknown): Promise<Response>;
  /** Reads the options now instead of with the first request: rejects over a mistake, tells the mount path. */
  prepare(env?: unknown): Promise<{ basePath: string }>;
  /**
   * Ends every {@link session} that a member has by now, on all devices.
   *
   * @param who The member's id, or the identity provider's `sub`.
   * @param options `env` is that of `fetch`, where options depend on it; `site` names one of several.
   */
  revoke(who: string, options?: { env?: unknown; site?: string }): Promise<void>;
}

/**
 * Makes a proxy. A function of the environment is called once for each environment, with its first request.
 *
 * Bad options throw at once, where the runtime can load wasm at once (Node, workerd), naming each mistake.
 */
export function createProxy<Env = unknown>(
  options: ProxyOptions | SitesOptions | ((env: Env) => ProxyOptions | SitesOptions),
): Proxy;

/** The reference store: one process, gone with it. Warns in production. */
export function memoryStore(): Store;

/** The binding of a Durable Object class, as Workers give it. */
export interface DurableObjectBinding {
  idFromName(name: string): object;
  get(id: never): object;
}

/**
 * A store of Durable Objects with SQLite: one object for each member, one for what all callers share. For Workers, whose
 * main module exports the class: `export { LoyaltyStore } from "loyalty-edge/proxy/durable-object"`.
 *
 * @throws {TypeError} if the binding is missing.
 */
export function durableObject(namespace: DurableObjectBinding): Store;
