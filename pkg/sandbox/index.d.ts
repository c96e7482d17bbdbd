/** What a sandbox is started with. */
export interface SandboxOptions {
  /** Fixes every id, name and chance. 1 by default. */
  seed?: number;
  /** How many accounts the fixtures have, up to 1,000,000. 25 by default. */
  accounts?: number;
  /** The time to start at. The clock then stands still until the control plane moves it. */
  now?: Date | string | number;
  /** What a second earn with the same key and payload gets: 409 (`"reject"`, the default), or the first answer. */
  duplicateEarn?: "reject" | "replay";
  /** Ignore unknown request fields instead of refusing them. */
  lenient?: boolean;
  /**
   * The answers to what nobody documents: what `loyalty-edge doctor` found out about a real site. `duplicateEarn` and
   * `lenient` win over it.
   */
  behaviour?: SandboxBehaviour;
  /** Calls a minute that one credential may make. No limit by default. */
  throttle?: number;
  /** The API key to accept instead of the one made from the seed. Begins with `SANDBOX.`. */
  apiKey?: `SANDBOX.${string}`;
  /** Faults by a seeded plan. None by default. */
  faults?: FaultPlan;
  /** Where events are delivered. Nowhere by default; `events()` has them anyway. */
  webhooks?: WebhookOptions;
  /** The RSA key that signs events, in PEM. By default one that is made for the process. */
  signingKey?: { privateKey: string; publicKey: string };
  /**
   * Where everything is kept, so that it is there again after a restart: `sqliteStore(file)` of
   * `loyalty-edge/sandbox/node`, or your own. An empty store gets the fixtures. One that has a sandbox goes on with
   * it: `seed` and `accounts` must then be left out or be those that it was made with, the other options may change.
   */
  store?: SandboxStore;
}

/** Keeps the rows of one sandbox. */
export interface SandboxStore {
  /** For messages: the file, say. */
  readonly name: string;
  /**
   * Everything that is kept, as orders in pieces of any number of them; nothing where the store is empty.
   *
   * An order is ten bytes and a row: 1, the table (a byte), the key and the length of the row (32 bits each,
   * little-endian). Orders come in the order of table and key.
   *
   * @param format The version of the rows. A store that has rows of another one rejects.
   */
  load(format: number): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /**
   * Carries out the orders of all pieces, or none, and returns when nothing can undo them. Beside 1 (put), an order
   * may be 0 (forget all rows) or 2 (forget this one).
   */
  commit(pieces: Iterable<Uint8Array>): void;
  close(): void;
}

/** A refusal whose status and code can be chosen. */
export type SandboxRefusal =
  | "duplicateEarn"
  | "otherPayload"
  | "staleRevision"
  | "missingRevision"
  | "belowZero"
  | "aboveMaximum"
  | "unknownField"
  | "bothIds"
  | "keyLength"
  | "accountExists"
  | "unknownContact";

/** What a service does where nobody documents it. What is left out is as the sandbox's page lists it. */
export interface SandboxBehaviour {
  /** The same `idempotencyKey` and payload again: refused (the default), or answered with the first transaction. */
  duplicateEarn?: "reject" | "replay";
  /** The same key with another payload. `"reject"` by default. */
  otherPayload?: "reject" | "replay";
  /** By how much a call raises the account's `revision`. 1 by default. */
  revisionBump?: { earn?: number; adjust?: number };
  /** `adjustPoints` with a stale revision. `"reject"` by default. */
  staleRevision?: "reject" | "ignore";
  /** `adjustPoints` without a revision. `"ignore"` by default: it is accepted. */
  missingRevision?: "reject" | "ignore";
  /** An adjust below 0: refused (the default), or set to 0. */
  belowZero?: "reject" | "clamp";
  /** An adjust above 999,999,999: refused (the default), or set to that. */
  aboveMaximum?: "reject" | "clamp";
  /** An unknown request field. `"reject"` by default. */
  unknownField?: "reject" | "ignore";
  /** `contactId` and `memberId` at once: refused (the default), or one of them counts. */
  bothIds?: "reject" | "contact" | "member";
  /** The longest `idempotencyKey`, 1 to 256. 128 by default. */
  keyLength?: number;
  /** Refusals with another status and code than by default. The code `"validationError"` stands for that shape. */
  answers?: { [refusal in SandboxRefusal]?: { status: number; code: string } };
}

/** What goes wrong. */
export type FaultKind =
  "status" | "latency" | "dropBefore" | "dropAfter" | "html" | "truncated" | "cut";

/** One fault, and which calls meet it. */
export interface FaultRule {
  kind: FaultKind;
  /** Only this method of the API, `"earnPoints"` for one. */
  operation?: string;
  /** Only paths that begin so. */
  path?: string;
  /** Let this many calls through first. */
  after?: number;
  /** How many calls meet it: 1 by default, 0 for all. */
  count?: number;
  /** How likely one does, 0 to 1. 1 by default. */
  probability?: number;
  /** The status of `status` (503) and `html` (502). */
  status?: number;
  /** The application error code of `status`. */
  code?: string;
  /** The value of a `Retry-After` header. */
  retryAfter?: string;
  /** How long to wait first. */
  delayMs?: number;
  /** Carry the call out although the answer is an error. */
  apply?: boolean;
}

/** Faults by chance. The same plan does the same to the same number of call. */
export interface FaultPlan {
  /** The seed. */
  plan: number;
  /** How likely a call of the API goes wrong, 0 to 1. */
  rate: number;
  /** How: all kinds by default. */
  kinds?: FaultKind[];
  /** The longest wait of a call that goes wrong. 0 by default. */
  maxDelayMs?: number;
}

/** A receiver of events. */
export interface WebhookOptions {
  /** Where each event is posted to, a signed JWT as text. */
  url: string;
  /** How often one is tried. 5 by default. */
  attempts?: number;
  /** How long to wait after the first failure; doubles with each. 250 by default. */
  backoffMs?: number;
  /** How likely an event comes twice, 0 to 1, by the seed. */
  duplicate?: number;
  /** How likely an event comes behind the next one, 0 to 1, by the seed. */
  reorder?: number;
  /** Delivers instead of the global `fetch`: a receiver in the same process needs no port. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** An event that happened. */
export interface SandboxEvent {
  id: string;
  /** `"wix.loyalty.v1.account_points_updated"` for one. */
  eventType: string;
  /** Who made it happen. */
  identity: { identityType: string; appId?: string; memberId?: string; wixUserId?: string };
  /** The event itself, names as on the wire. */
  event: {
    id: string;
    entityFqdn: string;
    slug: string;
    entityId: string;
    eventTime: string;
    entityEventSequence: string;
    [part: string]: unknown;
  };
  /** As it is delivered: what `client.webhooks.process()` of the official client takes. */
  jwt: string;
  /** Each attempt to deliver it. */
  deliveries: { at: string; status?: number; error?: string }[];
}

declare const snapshotBrand: unique symbol;
/** A state to go back to. */
export interface Snapshot {
  readonly [snapshotBrand]: true;
}

/** A fixture member, who has an account. */
export interface SandboxMember {
  name: string;
  memberId: string;
  contactId: string;
  accountId: string;
  /** An access token of the member; it never ends. */
  token: string;
}

/** A request, whole. */
export interface RawRequest {
  method: string;
  /** Path and query as they stand in the request line. */
  target: string;
  headers: [name: string, value: string][];
  /** The body as text, `""` for none. */
  body: string;
}

/** An answer, and what to do beside sending it. */
export interface RawResponse {
  status: number;
  headers: [name: string, value: string][];
  body: string;
  /** How long to wait first. */
  delayMs: number;
  /** Break the connection instead of answering. */
  drop: boolean;
  /** Break the connection after this many bytes of the body. */
  cutAt: number | null;
  /** Call `tick` after this many milliseconds: something is due then. */
  wakeMs: number | null;
}

/** A local stand-in for the loyalty service of one site. */
export interface Sandbox {
  /** The elevated credential. Send it bare as `Authorization`, with `wix-site-id`. */
  readonly apiKey: string;
  readonly siteId: string;
  /** The app on the site: what the official `AppStrategy` takes. */
  readonly appId: string;
  readonly appSecret: string;
  readonly instanceId: string;
  readonly appRefreshToken: string;
  /** The key that events are signed with, in PEM. Missing in a page without WebCrypto. */
  readonly publicKey?: string;
  /** The first five members, with distinct first names. */
  readonly members: readonly SandboxMember[];
  /** Ten contacts without an account. */
  readonly contacts: readonly { readonly contactId: string }[];
  /** IDs of the active rewards: one of each kind, each with a price in every tier. */
  readonly rewards: readonly string[];
  /** IDs of the tiers above the base, from the lowest to the highest. */
  readonly tiers: readonly string[];
  /** Answers a request as the service would. Takes what the global `fetch` takes. */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response>;
  /**
   * A call of the control plane: `control("POST", "clock", { advanceMs: 86_400_000 })`.
   * Rejects with the plane's own sentence.
   */
  control(
    method: "GET" | "POST" | "DELETE",
    place: string,
    body?: unknown,
  ): Promise<Record<string, unknown>>;
  /** The sandbox's time. */
  readonly clock: {
    now(): Date;
    /** Sets the clock and stops it. */
    set(to: Date | string | number): void;
    /** Moves it on. */
    advance(ms: number): void;
    /** Lets it run on from where it stands. */
    run(): void;
  };
  /** What goes wrong. */
  readonly faults: {
    /** Adds rules: all of them or none. */
    add(...rules: FaultRule[]): void;
    /** Follows a plan from its first call on. */
    follow(plan: FaultPlan): void;
    /** The rules, and how often each has struck. */
    list(): (FaultRule & { hits: number })[];
    /** Forgets rules and plan. */
    clear(): void;
  };
  /** The last 1,000 events, oldest first. */
  events(): Promise<SandboxEvent[]>;
  /** The receiver of events. */
  readonly webhooks: {
    /** Delivers to another one from now on. */
    deliver(to: WebhookOptions): void;
    stop(): void;
    /** Resolves when nothing is on its way and nothing will be tried again. */
    settled(): Promise<void>;
  };
  /** Remembers the whole state: ledger, clock, faults, requests, events. */
  snapshot(): Snapshot;
  /** Goes back to a state, as often as you like. */
  restore(snapshot: Snapshot): void;
  /** One step of the state machine, for servers. Neither waits nor breaks anything. */
  answer(request: RawRequest): Promise<RawResponse>;
  /** The same, at once; events come without their signed form. */
  handle(request: RawRequest): RawResponse;
  /** Carries out what is due by the real clock, such as coupons in the making. Called by itself. */
  tick(): void;
  /** Gives the memory back. Later calls reject. */
  close(): void;
}

/**
 * Starts a sandbox.
 *
 * Rejects where the environment says production (`NODE_ENV=production`, `VERCEL_ENV=production`, `CF_PAGES`,
 * `K_SERVICE`), and with a `TypeError` that names a wrong option.
 *
 * @example
 * const sandbox = await createSandbox({ seed: 7 });
 * const headers = { authorization: sandbox.members[0].token };
 * const response = await sandbox.fetch("http://sandbox/loyalty-accounts/v1/accounts/my-account", { headers });
 */
export function createSandbox(options?: SandboxOptions): Promise<Sandbox>;
