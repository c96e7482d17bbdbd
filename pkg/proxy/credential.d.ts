/** An elevated credential. It can be attached to upstream calls and nothing else: not printed, not serialized. */
export interface Credential {
  readonly [Symbol.toStringTag]: "credential";
}

/**
 * The API key of a site, or of the sandbox.
 *
 * @throws {TypeError} if a value is missing, or no header can hold it.
 * @example
 * createProxy((env) => ({ credential: apiKey({ key: env.WIX_API_KEY, siteId: env.WIX_SITE_ID }), … }));
 */
export function apiKey(options: { key: string; siteId: string; accountId?: string }): Credential;

export interface AppOptions {
  appId: string;
  appSecret: string;
  /** The app's instance on the site. */
  instanceId: string;
  /**
   * The site, where it also has an API key, or had one: keys of payments are derived from it. Default: `instanceId`.
   */
  siteId?: string;
}

/**
 * An app that is installed on the site. Its token (`client_credentials`) is fetched by one call however many wait for
 * it, kept in memory only, renewed 5 minutes before it ends and once more when upstream refuses it. Where no token is
 * to be had, calls are 502 `UPSTREAM_AUTH` and nothing is sent.
 *
 * @throws {TypeError} if a value is missing, or no header can hold it.
 */
export function app(options: AppOptions): Credential;

/**
 * Wix's own backend, which needs no key: calls are sent by a function that adds the elevated identity itself. Such a
 * function must never be exported to pages; the proxy in front of it is what makes it safe.
 *
 * @param send Takes what `fetch` takes: an absolute URL, and `{ method, headers, body?, signal, redirect: "manual" }`.
 * @param options `siteId` names the site in keys and counters; give it where two sites share a store.
 * @example
 * import { auth, httpClient } from "@wix/essentials";
 * const credential = elevate(auth.elevate(httpClient.fetchWithAuth));
 */
export function elevate(
  send: (url: string, init: RequestInit & { headers: Record<string, string> }) => Promise<Response>,
  options?: { siteId?: string },
): Credential;

/**
 * Several credentials of one site, the newest first, so that a key can be changed without a pause. Upstream gets the
 * first that it accepts: a 401 makes the next one try, and the one that works is remembered. A list as `credential`
 * means the same.
 *
 * @throws {TypeError} if one is of another site than the first.
 */
export function rotate(credentials: Credential[]): Credential;
