import type { ErrorCode } from "../generated/codes.js";
import type {
  LoyaltyAccount,
  LoyaltyCoupon,
  LoyaltyProgram,
  Reward,
  Tier,
} from "../generated/types.js";

import type { Credential } from "./credential.js";
import type { Caller, Identify } from "./identity.js";
import type { BotCheck, ClientAddress, Policy } from "./policy-types.js";
import type { TelemetryOptions } from "./telemetry.js";

export * from "./credential.js";
export * from "./identity.js";
export * from "./policy-types.js";
export * from "./telemetry.js";

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
  /** Only asks whether there is room: nothing is written, and where all fits the answer is `ok`. */
  look: boolean;
  now: number;
}

export type ReserveReply =
  | { kind: "reserved"; token: string; since: number }
  | { kind: "ok" }
  | { kind: "done"; status: number; body: string }
  | { kind: "held"; leaseUntil: number }
  | { kind: "unknown" }
  | { kind: "conflict" }
  | { kind: "limit"; counter: string; expiresAt: number | null };

/** A line of the audit: who did what, with which outcome. */
export interface AuditRecord {
  /** `intent` before a write, `outcome` after every verdict, a refused token's too. */
  phase: "intent" | "outcome";
  at: string;
  requestId: string;
  site: string;
  operation: string;
  /** Its role, or `backend` for an order, `upstream` for a webhook, `unknown` where the token was refused. */
  caller: { role: string; memberId?: string; contactId?: string };
  action?: string;
  accountId?: string;
  /** Set where the account was made on the way. */
  enrolled?: boolean;
  /** The transaction that is reversed. */
  reverses?: string;
  /** The id of a webhook's event. */
  event?: string;
  /** The balance before, where it is known. */
  before?: number;
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
   * `subject` of an `issuer` is: with several issuers the same subject may be two people. The ids must be GUIDs, and are
   * kept for 5 minutes. `null` is 403 `PERMISSION_DENIED`; what it throws is
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
  /**
   * Where counters and idempotency records lie: {@link durableObject} on Workers, `redisStore` of
   * `loyalty-edge/proxy/redis`, `sqliteStore` of `loyalty-edge/proxy/sqlite`. Default {@link memoryStore}.
   *
   * An operation has 2 seconds. Without its store the proxy refuses writes (503 `UNAVAILABLE`, with `Retry-After`) and
   * goes on reading, with limits that each process counts for itself.
   */
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
  /** Gets every verdict and every write: a function, or a sink such as `fileAudit` of `loyalty-edge/proxy/node`. */
  audit?: ((record: AuditRecord) => void | Promise<void>) | AuditSink;
  /**
   * What happens to a write whose record can't be written: it is refused with 503 (`"deny-writes"`, the default), or
   * carried out (`"allow"`). Reads go on, and the log says what is missing.
   */
  onAuditFailure?: "deny-writes" | "allow";
  /**
   * How long answers are kept in this process, in milliseconds. Reads of one account that come at the same time are one
   * call upstream in any case; nobody gets another's, and nothing is kept longer than the token it was read for.
   */
  cache?: {
    /**
     * The caller's own account, 0 to 600,000. Default 5,000. A write and a webhook drop it in the process that they
     * reach; the others answer with the old one for up to this time.
     */
    accountMs?: number;
    /** Program, tiers and rewards, 0 to 86,400,000. Default 60,000. A webhook drops them. */
    catalogMs?: number;
    /** How many answers at most. Default 1,000. */
    entries?: number;
  };
  /** Takes the loyalty service's events at `POST {basePath}/webhooks`. */
  webhooks?: WebhookOptions;
  /** Gets one JSON object a line, without secrets or personal data ({@link LogLine}). Default: standard error. */
  log?: ((line: string) => void) | false;
  /** Traces and metrics by OpenTelemetry. Without it nothing is told, and a `traceparent` ends here. */
  telemetry?: TelemetryOptions;
  /**
   * What sends upstream. Default: the runtime's own `fetch`; on Node undici's pool, which takes a fraction of the
   * processor time, unless something else has been put in the global `fetch`'s place. Redirects are for nobody to
   * follow. Give `(request) => fetch(request)` on Node where calls have to go through a proxy server of the environment.
   */
  fetch?: (request: Request) => Promise<Response>;
  /** The time, in milliseconds since 1970. */
  now?: () => number;
}

/** What stands in each site of a proxy of several. */
export interface SiteOptions extends Pick<
  ProxyOptions,
  "credential" | "identify" | "resolve" | "webhooks"
> {
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
  Omit<ProxyOptions, "credential" | "identify" | "resolve" | "webhooks">
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

/** Where audit records go. */
export interface AuditSink {
  /** Resolves when the record is safe. */
  write(record: AuditRecord): void | Promise<void>;
}

/** What a line of the log holds: one `request` for each request, one `order` for each order, `note`s where something is odd. */
export interface LogLine {
  at: string;
  level: "info" | "warn" | "error";
  event: "request" | "order" | "note" | "start";
  /** The `X-Request-Id` of the answer; it goes upstream too. */
  requestId?: string;
  method?: string;
  status?: number;
  ms?: number;
  operation?: string;
  action?: string;
  role?: string;
  code?: string;
  upstreamCalls?: number;
  /** How many answers were somebody else's call, or kept. */
  sharedAnswers?: number;
  /** The loyalty service's ids of its answers, for its support. */
  upstreamRequestIds?: string[];
  /** The points that were paid for an action. */
  points?: number;
  /** The trace that the request's span is in, with {@link ProxyOptions.telemetry}. */
  traceId?: string;
  message?: string;
}

/** The loyalty service's events. */
export interface WebhookOptions {
  /** The app's public key, from its dashboard: PEM, or base64 of that. Only RS256 by this key is believed. */
  publicKey: string;
  /** The app's instance ids, of the sites whose events are taken. */
  instanceIds: string[];
  /**
   * What to do with an event, by its type. Each event is handed over once, and of one entity and type never one older
   * than the last. Where a handler throws, or takes longer than 10 seconds, the answer is 503 and the service sends the
   * event again. Types without a handler are answered with 200, and drop cached answers all the same.
   */
  on?: { [Type in keyof WebhookEvents]?: (event: WebhookEvents[Type]) => unknown };
  /** How old an event may be, 1,000 to 604,800,000 ms. Default a day. So long it is remembered which were handled. */
  windowMs?: number;
}

/** About an event. */
export interface WebhookMetadata {
  /** The event's own id. */
  _id: string;
  instanceId: string;
  entityFqdn: string;
  slug: string;
  entityId: string;
  eventTime: Date;
  /** Counts the events of one entity, of all types. */
  entityEventSequence: string | null;
  /** Who made it happen. */
  identity?: { identityType?: string; memberId?: string; appId?: string; wixUserId?: string };
}

interface EntityEvent<Entity> {
  entity: Entity;
  metadata: WebhookMetadata;
  /** Its handler did not succeed before, and a newer event of the entity and type was handled since. */
  late?: true;
}
interface ActionEvent<Data> {
  data: Data;
  metadata: WebhookMetadata;
  /** Its handler did not succeed before, and a newer event of the entity and type was handled since. */
  late?: true;
}
interface GoneEvent {
  metadata: WebhookMetadata;
  /** Its handler did not succeed before, and a newer event of the entity and type was handled since. */
  late?: true;
}

/** What handlers get, by the type of the event: names and dates as the client gives them. */
export interface WebhookEvents {
  "wix.loyalty.v1.account_created": EntityEvent<LoyaltyAccount>;
  "wix.loyalty.v1.account_updated": EntityEvent<LoyaltyAccount>;
  "wix.loyalty.v1.account_points_updated": ActionEvent<{ account: LoyaltyAccount }>;
  "wix.loyalty.v1.account_reward_availability_updated": ActionEvent<{
    rewardAvailable?: boolean;
    updateTrigger?: string;
  }>;
  "wix.loyalty.v1.coupon_created": EntityEvent<LoyaltyCoupon>;
  "wix.loyalty.v1.coupon_deleted": GoneEvent;
  "wix.loyalty.v1.reward_created": EntityEvent<Reward>;
  "wix.loyalty.v1.reward_updated": EntityEvent<Reward>;
  "wix.loyalty.v1.reward_deleted": GoneEvent;
  "wix.loyalty.v1.tier_created": EntityEvent<Tier>;
  "wix.loyalty.v1.tier_updated": EntityEvent<Tier>;
  "wix.loyalty.v1.tier_deleted": GoneEvent;
  "wix.loyalty.v1.program_updated": EntityEvent<LoyaltyProgram>;
}

/** Whose account, by one of its ids. */
export type Who =
  | { memberId: string; contactId?: undefined; accountId?: undefined }
  | { contactId: string; memberId?: undefined; accountId?: undefined }
  | { accountId: string; memberId?: undefined; contactId?: undefined };

/** Where an order goes: `env` is that of `fetch`, where options depend on it; `site` names one of several. */
export interface OrderPlace {
  env?: unknown;
  site?: string;
}

/** What orders reject with. The codes are those of the client's errors. */
export class LoyaltyError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly requestId: string;
  /** Whether the same order may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly upstreamCode?: string;
  readonly retryAt?: string;
  readonly violations?: { field: string; rule: string; description: string }[];
}

export interface Proxy {
  /**
   * Answers a request under `basePath`. `GET /openapi.json` there describes this very proxy in OpenAPI 3.1, its actions
   * by name; like `/healthz` it needs no header and asks nobody who they are.
   *
   * @param context What Workers hand to a request: by its `waitUntil` a call is finished whose page has gone away.
   */
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
  /**
   * Pays for an action from your own backend: an order that was paid. Same caps, keys, exactly-once and audit as a page's
   * claim, but no hook and no claim of a token is asked: you say that it happened. An action that no role is granted is
   * your backend's alone. There is no route to this.
   *
   * Call it again with the same subject, or the same `idempotencyKey`, as often as you like: it pays once. For 24 hours it
   * answers as the first time; after that with `LIMIT_REACHED` and no `retryAt`, and pays nothing.
   *
   * @throws LoyaltyError `LIMIT_REACHED`, `ACCOUNT_NOT_FOUND`, `NOT_FOUND` (action or account), `INVALID_ARGUMENT`,
   *   `PROGRAM_NOT_ACTIVE`; with `retryable`: `UNAVAILABLE`, `OUTCOME_UNKNOWN`, `IN_PROGRESS`, `RATE_LIMITED`.
   */
  earn(
    who: Who,
    action: string,
    options?: OrderPlace & {
      /** What it was done to: the order's id. */
      subject?: string;
      parameters?: Record<string, string | number | boolean | null>;
      /** Required without a subject. 1 to 128 of `A-Z a-z 0-9 _ -`. */
      idempotencyKey?: string;
    },
  ): Promise<{ account: JsonObject; transactionId: string }>;
  /**
   * Takes back what one EARN gave, once, for exactly its amount: an order that was refunded. The adjustment's description
   * names the transaction.
   *
   * @param reason 1 to 50 characters.
   * @param options `spent`: where the balance is smaller by now, refuse (the default) or take what is left of it.
   * @throws LoyaltyError `TRANSACTION_ALREADY_EXISTS` (reversed already: take it for done), `INSUFFICIENT_POINTS`,
   *   `INVALID_ARGUMENT` (no EARN), `NOT_FOUND`; with `retryable`: `UNAVAILABLE`, `OUTCOME_UNKNOWN`, `IN_PROGRESS`.
   */
  reverse(
    transactionId: string,
    reason: string,
    options?: OrderPlace & { spent?: "refuse" | "take-what-is-left" },
  ): Promise<{
    account: JsonObject | null;
    transactionId: string;
    /** Points that were taken. */
    reversed: number;
    /** Points that were spent and could not be. */
    missing: number;
  }>;
}

/** An answer of the loyalty service as it came, with the names of the wire. */
export type JsonObject = { [name: string]: unknown };

/**
 * Makes a proxy. A function of the environment is called once for each environment, with its first request.
 *
 * Bad options throw at once, where the runtime can load wasm at once (Node, workerd), naming each mistake.
 */
export function createProxy<Env = unknown>(
  options: ProxyOptions | SitesOptions | ((env: Env) => ProxyOptions | SitesOptions),
): Proxy;

/** The reference store: one process, gone with it. Warns in production, and on Workers. */
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
