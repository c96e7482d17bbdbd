import type { Store } from "./index.js";

/** Who calls, as the identity provider vouches for it. */
export interface Caller {
  role: "visitor" | "member" | "staff" | "admin";
  /** The site member's id. A member has it or a contact id, by itself or by `resolve`. */
  memberId?: string;
  contactId?: string;
  /** Who it is for the identity provider: what `resolve` finds the member by. */
  subject?: string;
  /**
   * Who says so: the verified `iss` of {@link jwt} and {@link openId}. Two issuers may give the same `subject` to two
   * people. `resolve` is told it, and what it says is kept for the two together.
   */
  issuer?: string;
  /** A token of this caller that the loyalty service itself accepts. It goes up only where the service lets members call. */
  upstreamToken?: string;
  /** When its token ends, in whole milliseconds since 1970: nothing that was read for it is kept longer. */
  expiresAt?: number;
  /** Verified claims that the policy's actions may ask for by `eligible`. Only those that it names are used. */
  claims?: Record<string, unknown>;
}

/** What an identity provider gets. */
export interface IdentifyCall {
  /** The caller's token without `Bearer`, or `null`. */
  token: string | null;
  /** The request, without its body. */
  request: Request;
  /** The time, in milliseconds since 1970. */
  now: number;
  /** What it may use of the proxy. */
  proxy: IdentityWorld;
  /** Puts a `Set-Cookie` line into the answer. */
  setCookie: (line: string) => void;
}

/** What identity providers may use of their proxy. */
export interface IdentityWorld {
  readonly site: string;
  readonly upstream: string;
  readonly basePath: string;
  /** The first of the proxy's `origins`. */
  readonly origin: string;
  readonly store: Pick<Store, "get" | "put" | "remove">;
  /** Sends a call upstream, counted in `upstreamPerMinute` of the policy. Rejects when that is used up. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** The names of the claims that the policy asks for: all that a provider has to keep of a token. */
  readonly claims: readonly string[];
}

/** Finds out who calls. Made by {@link jwt}, {@link wixMember}, {@link session} or {@link custom}. */
export type Identify = (call: IdentifyCall) => Promise<Caller>;

/** Thrown for a token that isn't valid: the caller gets 401 and never becomes a visitor. */
export class InvalidToken extends Error {}

/** Which claims say who it is; `null` for none. */
export interface ClaimNames {
  /** The site member's id. Default `sub`. */
  member?: string | null;
  /** The contact's id. Default `contact_id`. */
  contact?: string | null;
  /** A text or a list with `staff` or `admin` in it. Default `roles`. */
  roles?: string | null;
}

/** A signature algorithm with public keys. There is no other. */
export type Algorithm =
  | "ES256"
  | "ES384"
  | "ES512"
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "EdDSA"
  | "Ed25519";

export interface JwtOptions {
  /** What `iss` must be, to the letter. */
  issuer: string;
  /** What `aud` must be or contain. */
  audience: string | string[];
  /**
   * Where the issuer's public keys are: https, or this machine. They are kept for 10 minutes, asked for again when a
   * token names an unknown key, but not twice in 30 seconds, and used for up to an hour while the server fails.
   */
  jwksUri?: string;
  /** The issuer's public keys themselves, where they are known. Two overlap while they are changed. */
  jwks?: { keys: object[] };
  /** Default `ES256`, `RS256`, `EdDSA`, `Ed25519`. */
  algorithms?: Algorithm[];
  /** The one `typ` that is taken, such as `at+jwt`. Default: none, `JWT` or `at+jwt`. */
  typ?: string;
  claims?: ClaimNames;
  /** Sends the call to `jwksUri`. Default: the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

/**
 * Callers by signed tokens of an identity provider, or of several, told apart by `iss`. A token that isn't valid is
 * 401; 503 where the keys can't be had. Up to 1,000 verified tokens are remembered; their dates are checked each time.
 *
 * Without `resolve` each issuer names members itself: the same id by two of them is the same member, with one account
 * and one set of caps. Give several only where you trust each of them with every member's id, or tell them apart by the
 * `issuer` that `resolve` gets.
 *
 * @throws {TypeError} on options that would let a forged or a foreign token pass.
 */
export function jwt(options: JwtOptions | JwtOptions[]): Identify;

/**
 * Callers by the access token of a Wix member. Upstream is asked whose it is (`token-info` and `my-account`), one call
 * each however many wait, and the answer is kept for `cacheSeconds` (0 to 600, default 60), never past the token's end.
 * The token goes up for the calls that the service lets members make. Its two
 * calls count in the policy's `upstreamPerMinute`, like all others. More than `checksPerMinute` look-ups (default 60, so
 * 120 of 180 calls) in one process are 503, so that made-up tokens don't use up what the service lets the proxy ask.
 */
export function wixMember(options?: { cacheSeconds?: number; checksPerMinute?: number }): Identify;

export type CustomIdentify = (call: {
  /** The caller's token without `Bearer`, or `null`. */
  token: string | null;
  /** Method, URL, and of the headers those that were asked for. */
  request: Request;
}) => Caller | null | undefined | Promise<Caller | null | undefined>;

export interface CustomOptions {
  /**
   * Headers that the function may read besides the token. Name only what a trusted server in front of the proxy sets
   * and removes from what callers send: everything else in a request is the caller's to write.
   */
  headers?: string[];
  /**
   * Whether callers are known by a cookie of yours. The proxy then has exactly one origin, its own, and takes no call
   * without `Origin` or `Sec-Fetch-Site` of it.
   */
  cookies?: boolean;
}

/**
 * Callers by your own rules. Return a caller, or `null` for a token that isn't valid (401). Throw when you can't tell
 * now (503), or {@link InvalidToken} to say why a token isn't valid in the log.
 */
export function custom(resolve: CustomIdentify, options?: CustomOptions): Identify;

/** Where the users of a {@link session} sign in. Made by {@link openId} or {@link wixLogin}. */
export interface Login {
  begin(asked: object, proxy: IdentityWorld, now: number): Promise<string>;
  finish(answer: object, proxy: IdentityWorld, now: number): Promise<object>;
}

export interface SessionOptions {
  /**
   * Keys of 32 random bytes, in base64 or as bytes: `openssl rand -base64 32`. The first encrypts, all of them decrypt,
   * so a new one is put in front and the old one is taken out a day later.
   */
  keys: (string | Uint8Array)[];
  login: Login;
  /** How long a session lives unused, in seconds, at least 60. Default 1,800. */
  idleSeconds?: number;
  /** How long it lives at most, in seconds, up to 30 days. Default 43,200. */
  absoluteSeconds?: number;
  /** The path of a page for a sign-in that did not work. Default: the problem as JSON. */
  failure?: string;
  /** How many sign-ins may begin in a minute, in one process. Default 60: with `wixLogin` 120 of 180 calls upstream. */
  signInsPerMinute?: number;
}

/**
 * Callers by a session: an encrypted cookie that no script can read, after "OAuth 2.0 for Browser-Based Applications".
 * The proxy then has three more routes: `GET {proxy}/login?returnTo=/points` to go to, `GET {proxy}/callback`, which the
 * sign-in comes back to, and `POST {proxy}/logout`. Page and proxy share one origin, the only one in `origins`, with
 * https (or on this machine). Ended sessions are remembered in the `store`.
 *
 * @throws {TypeError} on keys that are too short, or lifetimes out of range.
 * @example
 * identify: session({
 *   keys: [env.SESSION_KEY],
 *   login: openId({ issuer: "https://login.shop.example", clientId: "shop", clientSecret: env.CLIENT_SECRET }),
 * })
 */
export function session(options: SessionOptions): Identify;

export interface OpenIdOptions {
  /** The provider. Its document `/.well-known/openid-configuration` is read, unless `endpoints` are given. */
  issuer: string;
  clientId: string;
  /** Where the client has one; sent as HTTP Basic. */
  clientSecret?: string;
  /** Default `openid`. */
  scope?: string;
  claims?: ClaimNames;
  /** Of the id token. Default `ES256`, `RS256`, `EdDSA`, `Ed25519`. */
  algorithms?: Algorithm[];
  endpoints?: { authorization: string; token: string; jwks: string };
  /** Sends the calls to the provider. Default: the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

/** Sign-in at any OpenID provider: authorization code, PKCE with S256, `state`, `nonce`. Its tokens are not kept. */
export function openId(options: OpenIdOptions): Login;

/**
 * Sign-in of a member at the login page of a headless Wix site. The member's tokens stay in the encrypted cookie; the
 * access token is renewed by the proxy, and goes up where the service lets members call.
 *
 * @param options `clientId` is that of the site's headless client (OAuth app). The proxy's `/callback` must be among its
 *   allowed redirect URIs.
 */
export function wixLogin(options: { clientId: string }): Login;
