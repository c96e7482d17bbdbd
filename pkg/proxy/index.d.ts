import type { Credential } from "./credential.js";
import type { Caller, Identify } from "./identity.js";

export * from "./credential.js";
export * from "./identity.js";

/** A named way to earn. */
export interface PolicyAction {
  /** Points that it pays, 1 to 9,999,999. */
  amount: number;
  /** What the transaction says, 1 to 100 characters. */
  description: string;
  activityType?: string;
  /** The app in whose name it pays; the Loyalty app's own by default. */
  appId?: string;
  limit: {
    /** How often one member may in a UTC day. */
    perMemberPerDay: number;
    /** How often one member may for one subject, for all time. */
    perSubject?: number;
  };
  /** The hook that proves the deed. */
  confirm?: string;
}

/** Who may do what, and what an action is worth. */
export interface Policy {
  $schema?: string;
  /** Operations, `operation:own`, `earn:action`, and for staff and admin `*`. Nothing else is allowed to anybody. */
  grants?: {
    visitor?: string[];
    member?: string[];
    staff?: string[];
    admin?: string[];
  };
  actions?: Record<string, PolicyAction>;
  limits?: {
    /** Calls of one caller in a minute. */
    callerPerMinute?: number;
    /** Calls that go upstream in a minute, of all callers together. */
    upstreamPerMinute?: number;
    /** Points that a member may earn by actions in a UTC day. */
    memberPointsPerDay?: number;
    /** The most accounts that one bulk call may change. */
    bulkAccounts?: number;
  };
}

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
