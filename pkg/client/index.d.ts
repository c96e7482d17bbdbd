// The public types of loyalty-edge. Those of the functions are generated from the contract.
import type * as accountsNamespace from "../generated/accounts.js";
import type { ErrorCode } from "../generated/codes.js";
import type * as couponsNamespace from "../generated/coupons.js";
import type { earn } from "../generated/operations/points.js";
import type * as programsNamespace from "../generated/programs.js";
import type * as rewardsNamespace from "../generated/rewards.js";
import type * as tiersNamespace from "../generated/tiers.js";
import type * as transactionsNamespace from "../generated/transactions.js";
import type {
  EarnRequest,
  LoyaltyCoupon,
  LoyaltyTransaction,
  QueryLoyaltyTransactionsResponse,
} from "../generated/types.js";

export * as accounts from "../generated/accounts.js";
export * as coupons from "../generated/coupons.js";
export * as programs from "../generated/programs.js";
export * as rewards from "../generated/rewards.js";
export * as tiers from "../generated/tiers.js";
export * as transactions from "../generated/transactions.js";
export type { Blame, CodeFacts, ErrorCode } from "../generated/codes.js";
export type { AccountId, ContactId, MemberId } from "../generated/types.js";

/** Options of one call: the last argument of every function. */
export interface CallOptions {
  /** Cancels the call, whatever it is doing. The error is `CANCELLED`; its `cause` is the signal's reason. */
  signal?: AbortSignal;
  /** The time for the whole call, its repetitions included, in milliseconds. */
  timeoutMs?: number;
  /**
   * Of writes: keeps the call from happening twice. 1 to 128 letters, digits, `_` and `-`. The client makes one
   * where none is given; it is on the error of a call that failed, so that the same call can be made again.
   */
  idempotencyKey?: string;
  /**
   * Of reads of a client with `reads`: asks anew. The answer is none that was kept, and of no request that was under
   * way before.
   */
  fresh?: boolean;
}

/** What a token function is told. */
export interface TokenHint {
  /** The token that it gave was refused with 401: a new one is wanted, not the one that is at hand. */
  refresh: true;
}

/** How reads are shared. */
export interface SharedReads {
  /**
   * How long an answer is kept, in milliseconds. A read of the same within that time gets it at once, and it is asked
   * for again behind it. 0 keeps none: then only reads that are under way at the same time share a request.
   */
  staleMs: number;
}

/** What listeners are told: for logs. No token, body, id, query string or key is in it. */
export interface CallEvent {
  /** The function: `getAccount`, `earn`, `me`. */
  readonly operation: string;
  /** How many requests the call has sent so far: 1 for its first, at most 3. 0 where none left. */
  readonly attempt: number;
  /** `GET` or `POST`; not there where no request left. */
  readonly method?: string;
  /** The path below the proxy's URL, without its query string, with `{id}` for each ID. */
  readonly path?: string;
}

/** An answer has come: its head, not yet its body. */
export interface ResponseEvent extends CallEvent {
  readonly status: number;
  /** The id by which the proxy's log knows the request. */
  readonly requestId?: string;
  /** Since the request left, in milliseconds. */
  readonly ms: number;
}

/** Another request follows. */
export interface RetryEvent extends CallEvent {
  /** Why. */
  readonly code: ErrorCode;
  readonly status?: number;
  readonly requestId?: string;
  /** How long the client waits before it, in milliseconds. */
  readonly waitMs: number;
}

/** A call has failed. */
export interface ErrorEvent extends CallEvent {
  readonly code: ErrorCode;
  readonly status?: number;
  readonly requestId?: string;
  readonly retryable: boolean;
  /** Since the call began, in milliseconds. */
  readonly ms: number;
}

/** How to reach the proxy, and who calls. */
export interface ClientConfig {
  /** The proxy's URL, or its path on the page's own host. */
  proxy: string;
  /**
   * The signed-in visitor's own token, or a function that gives it and is asked before each request. Never an
   * elevated credential: that belongs to the proxy.
   *
   * After a 401 the function is asked once more, with `{ refresh: true }`, and once for all calls that were refused at
   * the same time. Where it gives another token the request is sent again with it and with the same key; without one
   * the call fails with `UNAUTHENTICATED`, and never goes on as a visitor's. Bulk jobs and redemptions are not sent
   * again, but the next one has the new token.
   */
  token?:
    string | ((hint?: TokenHint) => string | null | undefined | Promise<string | null | undefined>);
  /** Sends requests, instead of the runtime's `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<ResponseLike>;
  /** The time for a whole call, its repetitions included. 30,000 ms unless told. */
  timeoutMs?: number;
  /** The `X-Loyalty-Client` header, such as `shop/1.0`: what a page of another site can't send. */
  name?: string;
  /** How many repetitions the client can save up for bad times. 10 unless told; 0 for none at all. */
  retryBudget?: number;
  /**
   * Shares reads: those of the same function and arguments that are under way at the same time are one request, and each
   * caller gets a value, a timeout and an abort of its own. Not unless told: an answer is then never older than its
   * call. Reads of another token never share; without a token nothing is shared, since nobody here can see whose a
   * cookie is. A write by this client drops what is kept, failures are not kept, and nothing is written anywhere.
   */
  reads?: SharedReads;
  /** A request leaves. What a listener throws or waits for changes nothing. */
  onRequest?: (event: CallEvent) => void;
  /** A request has its answer. */
  onResponse?: (event: ResponseEvent) => void;
  /** A request is sent again, after a failure or with a new token. */
  onRetry?: (event: RetryEvent) => void;
  /** A call has failed. */
  onError?: (event: ErrorEvent) => void;
}

/** What the client needs of a response: any object will do. */
export interface ResponseLike {
  status: number;
  headers?: { get(name: string): string | null };
  text(): Promise<string>;
}

/** The functions of a namespace, without its names of lists and its builders, which begin in upper case. */
type Functions<N> = {
  readonly [K in keyof N as K extends Capitalize<K & string> ? never : K]: N[K];
};

/** A client of its own: the same functions as the package's, bound to its configuration. */
export interface Client {
  readonly accounts: Functions<typeof accountsNamespace>;
  readonly transactions: Functions<typeof transactionsNamespace>;
  readonly programs: Functions<typeof programsNamespace>;
  readonly tiers: Functions<typeof tiersNamespace>;
  readonly rewards: Functions<typeof rewardsNamespace>;
  readonly coupons: Functions<typeof couponsNamespace>;
  readonly points: typeof points;
  readonly me: typeof me;
}

/** What {@link me} can give: each part is what its function gives. */
export interface MeParts {
  /** `accounts.getCurrentMemberAccount()` */
  account: Awaited<ReturnType<typeof accountsNamespace.getCurrentMemberAccount>>;
  /** The 20 newest: `transactions.queryLoyaltyTransactions()`, with a cursor for more. */
  transactions: QueryLoyaltyTransactionsResponse;
  /** `rewards.listRewards()` */
  rewards: Awaited<ReturnType<typeof rewardsNamespace.listRewards>>;
  /** `coupons.getCurrentMemberCoupons()` */
  coupons: Awaited<ReturnType<typeof couponsNamespace.getCurrentMemberCoupons>>;
  /** `tiers.listTiers()` */
  tiers: Awaited<ReturnType<typeof tiersNamespace.listTiers>>;
  /** `programs.getLoyaltyProgram()` */
  program: Awaited<ReturnType<typeof programsNamespace.getLoyaltyProgram>>;
}

/** A part, or why there is none. */
export type Part<Value> =
  { value: Value; error?: undefined } | { error: LoyaltyError; value?: undefined };

/** Options of {@link me}. */
export interface MeOptions<Name extends keyof MeParts> extends Omit<CallOptions, "idempotencyKey"> {
  /** The parts that the page shows. All, unless told. */
  include?: readonly Name[];
}

/**
 * What a loyalty page shows, in one round trip. Each part stands under its own grant and fails by itself: look at its
 * `error` before its `value`. Rejects only where the whole call failed.
 *
 * @param options The parts, and signal and time of this call.
 * @throws LoyaltyError where the whole call failed, foremost with `INVALID_ARGUMENT`, `UNAUTHENTICATED`,
 * `RATE_LIMITED`, `NETWORK_ERROR`, `TIMEOUT`.
 *
 * @example
 * const { account, rewards } = await me({ include: ["account", "rewards"] });
 * if (account.error) show(account.error.code);
 * else show(account.value.account.points.balance);
 */
export declare function me<Name extends keyof MeParts = keyof MeParts>(
  options?: MeOptions<Name>,
): Promise<{ [Each in Name]: Part<MeParts[Each]> }>;

/** Which items of a list an iteration gives. */
export interface IterateOptions {
  /** The most items. All, unless told. */
  limit?: number;
  /** How many to ask for at once, 1 to 100. 50 unless told. */
  pageSize?: number;
  /** Ends the iteration with `CANCELLED`. */
  signal?: AbortSignal;
  /** The time for each page, in milliseconds. */
  timeoutMs?: number;
}

/** Which transactions `points.history` gives. */
export type HistoryOptions = IterateOptions;

/**
 * Items, one by one. A page that fails rejects and ends a `for await`; another one over the same object goes on with that
 * page, and no item comes twice.
 */
export interface Items<Item> extends AsyncIterableIterator<Item, void, undefined> {
  return(): Promise<IteratorResult<Item, void>>;
}

/** The items of what a list's function answers. */
type ItemOf<Answer> = {
  [K in keyof Answer]-?: NonNullable<Answer[K]> extends (infer Item)[] ? Item : never;
}[keyof Answer];

/** What nothing fits where an answer has no list. */
type HasItems<Answer> = [ItemOf<Answer>] extends [never] ? never : unknown;

/**
 * Every item of a list, page by page: each once, in the list's order, and no page before somebody wants it. Leaving the
 * loop ends it.
 *
 * @param list A function that gives a list: `accounts.queryLoyaltyAccounts`, `accounts.searchAccounts`,
 * `rewards.listRewards`, `tiers.listTiers`, … of the package or of a client.
 * @param query What the function takes: filter, order and so on. Page and cursor are the iteration's.
 * @throws LoyaltyError by the items: what the function rejects with; `INVALID_ARGUMENT` for options that are none;
 * `INVALID_RESPONSE` where a cursor comes again or page after page is empty; `CANCELLED`.
 *
 * @example
 * for await (const account of iterate(accounts.queryLoyaltyAccounts, { filter }, { limit: 500 })) show(account);
 */
export declare function iterate<Query, Answer extends object>(
  list: ((query: Query, options?: CallOptions) => Promise<Answer>) & HasItems<Answer>,
  query?: Query,
  options?: IterateOptions,
): Items<ItemOf<Answer>>;
/**
 * Every item of a list that takes no query.
 *
 * @param list `tiers.listTiers`, `coupons.getCurrentMemberCoupons`.
 */
export declare function iterate<Answer extends object>(
  list: ((options?: CallOptions) => Promise<Answer>) & HasItems<Answer>,
  query?: null,
  options?: IterateOptions,
): Items<ItemOf<Answer>>;
/**
 * Every item that a builder finds.
 *
 * @param builder `accounts.queryLoyaltyAccounts().gt("points.balance", 100)`
 */
export declare function iterate<Item>(
  builder: { find: (options?: never) => Promise<{ items: Item[] }> },
  options?: IterateOptions,
): Items<Item>;

/** What an action would pay: see `points.preview`. */
export interface EarnPreview {
  /** The points that the claim comes to, by the policy. */
  amount: number;
  /** Whether the caps let it pay now. Somebody else, or another tab, may be faster. */
  payable: boolean;
  /** Whether the shop's own proof decides when it is claimed: it isn't asked for a deed that wasn't done yet. */
  needsProof: boolean;
  /** From when nothing stands in the way. Missing where it is payable, and where it never will be. */
  retryAt?: Date;
}

/** Points for named deeds, redeeming in one step, and the caller's own history. */
export declare const points: {
  readonly earn: typeof earn;
  /**
   * What the same call of `earn` would pay now, without paying it: for the button that says so, and the one that is
   * grey until tomorrow. Whoever may earn may ask. It counts as a call and against no cap.
   *
   * @param action Name of the action, as the policy has it. Length 1 to 64. Lower-case letters, digits and `-`.
   * @param request What would be done, in the policy's terms.
   * @param options Of this call: signal, time.
   * @throws LoyaltyError, foremost with `INVALID_ARGUMENT`, `UNAUTHENTICATED`, `PERMISSION_DENIED`, `ACCOUNT_NOT_FOUND`, `UNAVAILABLE`; all codes are in `ErrorCode`.
   */
  readonly preview: (
    action: string,
    request?: EarnRequest,
    options?: Omit<CallOptions, "idempotencyKey">,
  ) => Promise<EarnPreview>;
  /**
   * Redeems the caller's points for a reward and gives the coupon once it is `ACTIVE`, with a code to enter, or
   * `FAILED`, and then the points have stayed. It is still `PENDING` where that takes longer than ten seconds or than
   * `timeoutMs`, where the signal aborts the waiting, or where the caller may not read coupons:
   * `coupons.getCurrentMemberCoupons()` shows it later. Rejects only where nothing was redeemed, or, with
   * `OUTCOME_UNKNOWN`, `TIMEOUT` or `NETWORK_ERROR`, where nobody knows; the same `idempotencyKey` then makes another
   * call of it safe.
   */
  readonly redeem: (rewardId: string, options?: CallOptions) => Promise<LoyaltyCoupon>;
  /** The caller's transactions, the newest first, each once: an {@link iterate} over them. */
  readonly history: (options?: HistoryOptions) => Items<LoyaltyTransaction>;
};

/**
 * Makes a client. Does no I/O. On a server, make one for each request.
 *
 * @throws LoyaltyError `INVALID_CONFIGURATION`, which names the option.
 */
export declare function createClient(config: ClientConfig): Client;

/**
 * Sets up the default client, which the package's own functions use. On a server without a token only: its requests
 * would share one user's.
 *
 * @throws LoyaltyError `INVALID_CONFIGURATION`, which names the option.
 */
export declare function configure(config: ClientConfig): void;

/**
 * Loads the WebAssembly now instead of on the first call. A load that failed can be tried again.
 *
 * @param source The module, its bytes or its URL, where the package's own file is not served.
 * @throws LoyaltyError `NETWORK_ERROR`, with what went wrong as its `cause`.
 */
export declare function init(
  source?: WebAssembly.Module | BufferSource | URL | string,
): Promise<void>;

/** A value that breaks a rule. */
export interface Violation {
  /** Where it stands among the arguments: `options.amount`. */
  field: string;
  /** The rule: `REQUIRED`, `TYPE`, `MIN`, `MAX`, `MIN_LENGTH`, `MAX_LENGTH`, `FORMAT`, … */
  rule: string;
  /** What is wrong, to be read behind the field's name. */
  description: string;
  /** The limit, where the rule has one. */
  threshold?: number;
}

/** Details in the shape of the official client. */
export interface ErrorDetails {
  applicationError?: { code: string; description?: string; data?: unknown };
  validationError?: {
    fieldViolations: {
      field: string;
      description: string;
      violatedRule: string;
      ruleName: string;
      data: { threshold?: number };
    }[];
  };
  requestId?: string;
}

/** What every failed call rejects with. */
export declare class LoyaltyError extends Error {
  readonly name: "LoyaltyError";
  /** What went wrong; the code says who failed. */
  readonly code: ErrorCode;
  /** The loyalty service's own code, where it gave one that differs. */
  readonly upstreamCode?: string;
  /** The status of the answer, if there was one. */
  readonly status?: number;
  /** The id by which the proxy's log knows the call. */
  readonly requestId?: string;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** When a limit of the policy is over. */
  readonly retryAt?: string;
  /** What is wrong with the arguments or with the answer, all of it. */
  readonly violations?: Violation[];
  /** The key of a write, to make the same call again. */
  readonly idempotencyKey?: string;
  /** What lies behind it: the signal's reason, the network's error. */
  readonly cause?: unknown;
  /** Details in the shape of the official client. */
  readonly details?: ErrorDetails;
  /** Status and body of the answer, in the shape of the official client. */
  readonly response?: { status: number; data: unknown };
}

/** Whether something caught is a LoyaltyError. */
export declare function isLoyaltyError(error: unknown): error is LoyaltyError;
