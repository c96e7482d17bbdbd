import { jwtVerify } from "jose";
import { asked } from "../claims.js";
import { onlyKnown } from "../known.js";
import { Bounded } from "./bounded.js";
import { CLAIM_NAMES, callerOf } from "./claims.js";
import { glances } from "./glances.js";
import { InvalidToken, VISITOR } from "./invalid-token.js";
import { MAX_TOKEN, headerFault, shapeOf } from "./jwt-shape.js";
import { keysOf } from "./keys.js";

const SKEW_SECONDS = 60;
const DEFAULT_ALGORITHMS = ["ES256", "RS256", "EdDSA", "Ed25519"];
export const SUPPORTED_ALGORITHMS = [
  ...["ES256", "ES384", "ES512"],
  ...["RS256", "RS384", "RS512"],
  ...["PS256", "PS384", "PS512"],
  ...["EdDSA", "Ed25519"],
];
const OPTIONS = [
  ...["issuer", "audience", "algorithms", "typ", "claims"],
  ...["jwks", "jwksUri", "fetch"],
];
/** Verified tokens that are remembered: a check costs up to 300 µs, a look-up a few. */
const REMEMBERED = 1_000;
/** Keys that fit a token without a `kid`, and are tried: two while they overlap. */
const MAX_FITTING = 4;

/** What jose says of a token, as opposed to what befalls its key server. */
const TOKEN_FAULTS = new Set([
  "ERR_JWS_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "ERR_JWT_INVALID",
  "ERR_JWT_EXPIRED",
  "ERR_JWT_CLAIM_VALIDATION_FAILED",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
]);

/**
 * Callers by signed tokens of one or several identity providers.
 *
 * @param {import("../index.js").JwtOptions | import("../index.js").JwtOptions[]} options
 * @returns {import("../index.js").Identify}
 */
export function jwt(options) {
  const issuers = new Map();
  for (const each of [options].flat()) {
    onlyKnown("jwt", each, OPTIONS);
    onlyKnown("jwt: claims", each?.claims, CLAIM_NAMES);
    const verifier = createVerifier("jwt", each);
    if (issuers.has(each.issuer)) throw new TypeError(`jwt: ${each.issuer} is given twice`);
    issuers.set(each.issuer, { verifier, claims: each.claims });
  }
  if (issuers.size === 0) throw new TypeError("jwt: issuer is missing");
  /** @type {Bounded<Verified & { issuer: string, caller: import("../index.js").Caller }>} */
  const remembered = new Bounded(REMEMBERED);

  /** What is remembered of a token, if it holds still. */
  const recalled = (token, now) => {
    const known = remembered.get(token);
    if (known === undefined) return undefined;
    const generation = issuers.get(known.issuer).verifier.generationNow(now);
    if (generation !== known.generation) return undefined;
    checkTimes(known.payload, now);
    return known;
  };

  const identify = async ({ token, now, proxy }) => {
    const withClaims = ({ caller, payload }) => {
      const claims = asked(payload, proxy?.claims ?? []);
      return claims === undefined ? caller : { ...caller, claims };
    };

    if (token === null) return VISITOR;
    if (token.length > MAX_TOKEN) throw new InvalidToken("too long");
    const known = remembered.get(token);
    if (known !== undefined) {
      const { verifier } = issuers.get(known.issuer);
      if ((await verifier.generation(now)) === known.generation) {
        checkTimes(known.payload, now);
        return withClaims(known);
      }
      remembered.delete(token);
    }
    const shape = shapeOf(token);
    if (shape.fault !== undefined) throw new InvalidToken(shape.fault);
    const { iss } = shape.payload;
    const found = typeof iss === "string" ? issuers.get(iss) : undefined;
    if (found === undefined) throw new InvalidToken("of no issuer that is known");
    const verified = await found.verifier.verify(token, shape, now);
    const expiresAt = Math.floor(Math.min(verified.payload.exp * 1000, Number.MAX_SAFE_INTEGER));
    const caller = Object.freeze({ ...callerOf(verified.payload, found.claims), expiresAt });
    remembered.set(token, { ...verified, issuer: iss, caller });
    return withClaims({ ...verified, caller });
  };
  glances.set(identify, (token, now) => {
    if (token === null || token.length > MAX_TOKEN) return undefined;
    try {
      return recalled(token, now)?.caller;
    } catch {
      return undefined; // it is told when it is asked
    }
  });
  return identify;
}

/**
 * @typedef {{ payload: Record<string, any>, generation: number }} Verified
 */

/**
 * What verifies the tokens of one issuer.
 *
 * @param {string} maker Who asks, for messages.
 * @param {import("../index.js").JwtOptions} options
 */
export function createVerifier(maker, options) {
  const { issuer, audience, algorithms = DEFAULT_ALGORITHMS, typ } = options ?? {};
  if (typeof issuer !== "string" || issuer === "")
    throw new TypeError(`${maker}: issuer is missing`);
  if (audience === undefined || audience.length === 0) {
    throw new TypeError(
      `${maker}: audience is missing; without it a token for another service opens this one`,
    );
  }
  const unknown = algorithms.find((name) => !SUPPORTED_ALGORITHMS.includes(name));
  if (unknown !== undefined || algorithms.length === 0) {
    throw new TypeError(
      `${maker}: algorithms can't have "${unknown}"; there are ${SUPPORTED_ALGORITHMS.join(", ")}`,
    );
  }
  const keys = keysOf(maker, options);

  return {
    /** The number of the keys, without waiting for any; `undefined` where they have to be asked for. */
    generationNow: (now) => (keys.isFresh(now) ? keys.generation() : undefined),

    /** A number that changes with the keys. */
    async generation(now) {
      await keys.ready(now);
      return keys.generation();
    },

    /**
     * @param {string} token
     * @param {{ header: any, payload: any }} shape
     * @param {number} now
     * @returns {Promise<Verified>}
     */
    async verify(token, { header }, now) {
      const fault = headerFault(header, algorithms, typ);
      if (fault !== undefined) throw new InvalidToken(fault);
      await keys.ready(now);
      const generation = keys.generation();
      const check = (key) =>
        jwtVerify(token, key, {
          algorithms: [...algorithms],
          issuer,
          audience,
          clockTolerance: SKEW_SECONDS,
          currentDate: new Date(now),
          requiredClaims: ["exp"],
        });
      try {
        const { payload } = await withTheKey(keys, check, now);
        checkTimes(payload, now);
        return { payload, generation };
      } catch (error) {
        if (TOKEN_FAULTS.has(error?.code)) throw new InvalidToken(error.code);
        throw error;
      }
    },
  };
}

/** Tries the key that the token names, or those that fit it; an unknown name makes us ask for newer keys. */
async function withTheKey(keys, check, now) {
  try {
    return await withFitting(keys, check);
  } catch (error) {
    if (error?.code !== "ERR_JWKS_NO_MATCHING_KEY" || !(await keys.refetch(now))) throw error;
    return withFitting(keys, check);
  }
}

async function withFitting(keys, check) {
  try {
    return await check(keys.find);
  } catch (several) {
    if (several?.code !== "ERR_JWKS_MULTIPLE_MATCHING_KEYS") throw several;
    let fault = new InvalidToken("fits several keys, and none verifies it");
    let tried = 0;
    for await (const key of several) {
      if ((tried += 1) > MAX_FITTING) break;
      try {
        return await check(key);
      } catch (error) {
        fault = error;
        if (error?.code !== "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") break;
      }
    }
    throw fault;
  }
}

/**
 * The dates of a token, each time it is shown: one that was verified once does not live for ever.
 *
 * @param {Record<string, any>} payload
 * @param {number} now
 */
function checkTimes({ exp, nbf, iat }, now) {
  const seconds = now / 1000;
  const dates = [exp, nbf, iat].filter((date) => date !== undefined);
  if (!dates.every(Number.isFinite)) throw new InvalidToken("a date is not a number");
  if (exp <= seconds - SKEW_SECONDS) throw new InvalidToken("expired");
  if (nbf > seconds + SKEW_SECONDS) throw new InvalidToken("not valid yet");
  if (iat > seconds + SKEW_SECONDS) throw new InvalidToken("issued in the future");
}
