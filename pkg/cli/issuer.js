import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

/**
 * The sign-in of `loyalty-edge dev`: an issuer of ES256 tokens whose key lives as long as the
 * process. It lets anybody on this machine be anybody, so it exists only in `dev`, where the points
 * are play money; a real shop brings its own identity provider.
 */

const ALGORITHM = "ES256";
export const AUDIENCE = "loyalty-edge-dev";
const LIFETIME_SECONDS = 3600;
/** So long ago the token of `signEnded` was given: it ended an hour ago. */
const ENDED_SECONDS = 2 * LIFETIME_SECONDS;

/**
 * @typedef {{ name?: string, memberId: string, contactId?: string }} Person
 * @typedef {{ token: string, expiresAt: string }} SignedIn
 */

/**
 * @param {{ issuer: string, now?: () => number }} options `now` in milliseconds.
 */
export async function createIssuer({ issuer, now = Date.now }) {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  // Staff have no loyalty account: their subject is an id that no member has.
  const subjects = { staff: crypto.randomUUID(), admin: crypto.randomUUID() };

  /**
   * @param {string} subject
   * @param {{ contactId?: string, roles: string[] }} claims
   * @param {number} [secondsAgo]
   * @returns {Promise<SignedIn>}
   */
  async function sign(subject, { contactId, roles }, secondsAgo = 0) {
    const issuedAt = Math.floor(now() / 1000) - secondsAgo;
    const expires = issuedAt + LIFETIME_SECONDS;
    const claims = contactId === undefined ? { roles } : { contact_id: contactId, roles };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: "JWT" })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(privateKey);
    return { token, expiresAt: new Date(expires * 1000).toISOString() };
  }

  return {
    issuer,
    audience: AUDIENCE,
    /** The public half, as `jwt({ jwksUri })` reads it. */
    jwks: { keys: [{ ...jwk, kid, alg: ALGORITHM, use: "sig" }] },
    /** @param {Person} person */
    signMember: (person) => sign(person.memberId, { contactId: person.contactId, roles: [] }),
    /** A token that has ended, for who tests that it is refused. @param {Person} person */
    signEnded: ({ memberId, contactId }) => sign(memberId, { contactId, roles: [] }, ENDED_SECONDS),
    /** @param {"staff" | "admin"} role */
    signRole: (role) => sign(subjects[role], { roles: [role] }),
  };
}
