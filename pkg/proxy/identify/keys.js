import { createLocalJWKSet } from "jose";
import { call } from "../call.js";
import { glance, together } from "./bounded.js";

// An issuer's public keys: given, or fetched from where the configuration says; never from where a token says.

/** Keys are asked for again after this time, used or not: a key that was taken out must not live on in a cache. */
const MAX_AGE_MS = 10 * 60_000;
/** While the key server fails, its last answer stands in for so long. */
const STALE_MS = 60 * 60_000;
/** Tokens with unknown keys make us ask again, but no more often than this: anybody can make up a `kid`. */
const UNKNOWN_KEY_MS = 30_000;
/** How soon a failed call is tried again. */
const RETRY_MS = 2_000;
const MAX_KEYS = 100;
/** Bytes of a 2048-bit modulus. */
const MIN_MODULUS = 256;

const isPublic = (key) =>
  typeof key === "object" &&
  key !== null &&
  ["RSA", "EC", "OKP"].includes(key.kty) &&
  !("d" in key) &&
  !("k" in key);

const isStrong = ({ kty, n }) =>
  kty !== "RSA" || (typeof n === "string" && Math.floor((n.length * 3) / 4) >= MIN_MODULUS);

/**
 * @typedef {{
 *   generation: () => number,
 *   isFresh: (now: number) => boolean,
 *   ready: (now: number) => Promise<void>,
 *   find: (header: any, token: any) => Promise<any>,
 *   refetch: (now: number) => Promise<boolean>,
 * }} Keys
 *   `generation` changes with the keys. `isFresh`: nothing has to be asked for. `ready` makes sure that they are there
 *   and fresh. `refetch` asks for newer ones, if it is time; it says whether it did.
 */

/**
 * @param {string} maker Who asks, for messages.
 * @param {{ jwks?: any, jwksUri?: string, fetch?: (request: Request) => Promise<Response> }} options
 * @returns {Keys}
 */
export function keysOf(maker, { jwks, jwksUri, fetch }) {
  if ((jwks === undefined) === (jwksUri === undefined)) {
    throw new TypeError(`${maker}: give either jwksUri or jwks, the issuer's public keys`);
  }
  if (jwks !== undefined) return givenKeys(maker, jwks);
  return fetchedKeys(secureUrl(maker, "jwksUri", jwksUri), fetch);
}

/**
 * An https URL, or one of this machine.
 *
 * @param {string} maker
 * @param {string} name
 * @param {unknown} text
 */
export function secureUrl(maker, name, text) {
  let url;
  try {
    url = new URL(String(text));
  } catch {
    throw new TypeError(`${maker}: ${name} is no URL`);
  }
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(loopback && url.protocol === "http:")) {
    throw new TypeError(
      `${maker}: ${name} must be https: whoever can change what it says can be anybody`,
    );
  }
  return url.href;
}

/** @returns {Keys} */
function givenKeys(maker, jwks) {
  if (!Array.isArray(jwks?.keys)) throw new TypeError(`${maker}: jwks must be { keys: […] }`);
  jwks.keys.forEach((key, at) => {
    if (!isPublic(key)) {
      throw new TypeError(`${maker}: jwks.keys[${at}] is not a public key; take out d and k`);
    }
    if (!isStrong(key)) {
      throw new TypeError(`${maker}: jwks.keys[${at}] has fewer than 2048 bits; make a new one`);
    }
  });
  const set = createLocalJWKSet(jwks);
  return {
    generation: () => 0,
    isFresh: () => true,
    ready: async () => {},
    find: set,
    refetch: async () => false,
  };
}

/** @returns {Keys} */
function fetchedKeys(url, fetch = (request) => globalThis.fetch(request)) {
  let set;
  let written;
  let generation = 0;
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let askedForUnknownAt = -Infinity;
  let failed = false;
  /** @type {ReturnType<typeof together<void>>} */
  const coming = together();

  /** @param {number} now */
  const load = (now) => coming.run("", () => ask(now));

  async function ask(now) {
    triedAt = now;
    failed = true; // until it has worked
    const { status, json } = await call(fetch, url);
    if (status !== 200 || !Array.isArray(json?.keys) || json.keys.length > MAX_KEYS) {
      throw new KeyServerFailed(`answered with status ${status} and no keys`);
    }
    const keys = json.keys.filter((key) => isPublic(key) && isStrong(key));
    const text = JSON.stringify(keys);
    if (text !== written) {
      set = createLocalJWKSet({ keys });
      written = text;
      generation += 1;
    }
    fetchedAt = now;
    failed = false;
  }

  const isFresh = (now) => set !== undefined && now - fetchedAt < MAX_AGE_MS;

  return {
    generation: () => generation,
    isFresh,
    find: (header, token) => set(header, token),
    async ready(now) {
      if (isFresh(now)) return;
      const usable = set !== undefined && now - fetchedAt < STALE_MS;
      const failing = !coming.has("") && now - triedAt < RETRY_MS;
      if (failing && usable) return;
      if (failing) throw new KeyServerFailed("failed a moment ago");
      const loading = load(now);
      await (usable ? glance(loading) : loading);
    },
    async refetch(now) {
      if (!coming.has("")) {
        // Keys that could not be fetched say nothing of a name that is not among the old ones.
        if (failed && now - triedAt < RETRY_MS) throw new KeyServerFailed("failed a moment ago");
        if (!failed && now - askedForUnknownAt < UNKNOWN_KEY_MS) return false;
      }
      askedForUnknownAt = now;
      await load(now);
      return true;
    },
  };
}

/** The key server can't be asked: no fault of the token's. */
class KeyServerFailed extends Error {
  name = "KeyServerFailed";
}
