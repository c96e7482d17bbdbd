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
  /** Calls a minute that one credential may make. No limit by default. */
  throttle?: number;
  /** The API key to accept instead of the one made from the seed. Begins with `SANDBOX.`. */
  apiKey?: `SANDBOX.${string}`;
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
}

/** A local stand-in for the loyalty service of one site. */
export interface Sandbox {
  /** The elevated credential. Send it bare as `Authorization`, with `wix-site-id`. */
  readonly apiKey: string;
  readonly siteId: string;
  /** The first five members, with distinct first names. */
  readonly members: readonly SandboxMember[];
  /** Ten contacts without an account. */
  readonly contacts: readonly { readonly contactId: string }[];
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
  /** One step of the state machine, for servers. Neither waits nor breaks anything. */
  handle(request: RawRequest): RawResponse;
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
