import { createLocalJWKSet, createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { malformed } from "./jwt-shape.js";

/** Thrown by an identity provider for a token that isn't valid: the caller gets 401 and never becomes a visitor. */
export class InvalidToken extends Error {
  name = "InvalidToken";
}

const VISITOR = Object.freeze({ role: "visitor" });
const SKEW_SECONDS = 60;
const DEFAULT_ALGORITHMS = ["ES256", "RS256", "EdDSA"];
const SUPPORTED = /^(?:ES(?:256|384|512)|RS(?:256|384|512)|PS(?:256|384|512)|EdDSA|Ed25519)$/;

/** What jose says of a token, as opposed to what befalls its key server. */
const TOKEN_FAULTS = new Set([
  "ERR_JWS_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "ERR_JWT_INVALID",
  "ERR_JWT_EXPIRED",
  "ERR_JWT_CLAIM_VALIDATION_FAILED",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS",
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
]);

/**
 * Callers by signed tokens of an identity provider.
 *
 * @param {import("./index.js").JwtOptions} options
 * @returns {import("./index.js").Identify}
 */
export function jwt(options) {
  const { issuer, audience, algorithms = DEFAULT_ALGORITHMS, claims = {} } = options;
  if (typeof issuer !== "string" || issuer === "") throw new TypeError("jwt: issuer is missing");
  if (audience === undefined || audience.length === 0) {
    throw new TypeError(
      "jwt: audience is missing; without it a token for another service opens this one",
    );
  }
  const unknown = algorithms.find((name) => !SUPPORTED.test(name));
  if (unknown !== undefined || algorithms.length === 0) {
    throw new TypeError(
      `jwt: algorithms can't have "${unknown}"; name signature algorithms with public keys`,
    );
  }
  const keys = keySource(options);
  const { member = "sub", contact = "contact_id", roles = "roles" } = claims;

  return async ({ token, now }) => {
    if (token === null) return VISITOR;
    const fault = malformed(token, algorithms);
    if (fault !== undefined) throw new InvalidToken(fault);
    const payload = await verify(token, now);
    if (payload.iat !== undefined && payload.iat > now / 1000 + SKEW_SECONDS) {
      throw new InvalidToken("issued in the future");
    }
    return { ...callerOf(payload), expiresAt: Math.floor(payload.exp * 1000) };
  };

  async function verify(token, now) {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [...algorithms],
        issuer,
        audience,
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(now),
        requiredClaims: ["exp"],
      });
      return payload;
    } catch (error) {
      if (TOKEN_FAULTS.has(error?.code)) throw new InvalidToken(error.code);
      throw error;
    }
  }

  function callerOf(payload) {
    const memberId = text(payload, member);
    const contactId = text(payload, contact);
    const held = Object.hasOwn(payload, roles) ? [payload[roles]].flat() : [];
    const role = held.includes("admin") ? "admin" : held.includes("staff") ? "staff" : "member";
    if (role === "member" && memberId === undefined && contactId === undefined) return VISITOR;
    return { role, memberId, contactId };
  }
}

function text(payload, name) {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function keySource({ jwks, jwksUri, fetch }) {
  if ((jwks === undefined) === (jwksUri === undefined)) {
    throw new TypeError("jwt: give either jwksUri or jwks, the issuer's public keys");
  }
  if (jwks !== undefined) return createLocalJWKSet(jwks);
  const url = new URL(jwksUri);
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !loopback) {
    throw new TypeError("jwt: jwksUri must be https: whoever can change the keys can be anybody");
  }
  return createRemoteJWKSet(url, fetch === undefined ? {} : { [customFetch]: fetch });
}

/**
 * Callers by the developer's own rules.
 *
 * @param {import("./index.js").CustomIdentify} resolve Gets the token and the request, without its body. Gives a
 *   caller, or `null` for "not valid", which is 401 where there was a token. What it throws is 503.
 * @returns {import("./index.js").Identify}
 */
export function custom(resolve) {
  if (typeof resolve !== "function") throw new TypeError("custom: give a function");
  return async ({ token, request }) => {
    const caller = await resolve({ token, request });
    if (caller !== null && caller !== undefined) return caller;
    if (token === null) return VISITOR;
    throw new InvalidToken("the identity function does not know it");
  };
}
