// The job that all three do: a member's read and a member's earn. Here is what a server is told, and what is sent to it.
import { SignJWT, exportJWK, generateKeyPair } from "jose";

export const BASE = "/loyalty";
export const ORIGIN = "https://shop.example";
const ISSUER = "https://login.shop.example";
const AUDIENCE = "shop";
/** So many that each connection has members of its own: nobody shares an answer with anybody. */
export const MEMBERS = 960;
/** Earns of one member in a day: far above what one run sends, so that no claim is refused. */
const PER_DAY = 200;
const PER_MINUTE = 1_000_000;

const guid = (letter, number) =>
  `${letter}${String(number).padStart(7, "0")}-0000-4000-8000-000000000000`;
export const memberId = (number) => guid("1", number);
/** The stub knows a member's account without a table: the first digit tells them apart. */
export const accountOf = (member) => `3${member.slice(1)}`;
export const contactOf = (member) => `2${member.slice(1)}`;

const ACTION = { amount: 5, description: "Tapped", activityType: "tap" };
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

/**
 * What every server gets, and the tokens that only the load has.
 *
 * @param {string} upstream
 */
export async function makeJob(upstream) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" };
  const sign = (member) =>
    new SignJWT({ contact_id: contactOf(member) })
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(member)
      .setIssuedAt()
      .setExpirationTime("2h")
      .sign(privateKey);
  const members = Array.from({ length: MEMBERS }, (_, number) => memberId(number));
  const settings = {
    upstream,
    key: "bench-credential-0001",
    siteId: "0b0e9a3e-0000-4000-8000-000000000001",
    base: BASE,
    origin: ORIGIN,
    issuer: ISSUER,
    audience: AUDIENCE,
    jwks: { keys: [jwk] },
    perMinute: PER_MINUTE,
    perDay: PER_DAY,
    action: { ...ACTION, appId: APP },
    policy: {
      grants: { member: ["getCurrentMemberAccount", "earn:tap"] },
      actions: { tap: { ...ACTION, limit: { perMemberPerDay: PER_DAY } } },
      limits: { callerPerMinute: PER_MINUTE, upstreamPerMinute: PER_MINUTE },
    },
  };
  return { settings, tokens: await Promise.all(members.map(sign)), members };
}

const READ = `${BASE}/loyalty-accounts/v1/accounts/my-account`;
const EARN = `${BASE}/actions/tap`;

/**
 * The bytes of a request, as a page of the shop sends it.
 *
 * @param {"read" | "write"} which
 * @param {string} token
 * @param {string} [key] A write's own.
 */
export function bytesOf(which, token, key = "") {
  const head = `Host: 127.0.0.1\r\nOrigin: ${ORIGIN}\r\nAuthorization: Bearer ${token}\r\nX-Loyalty-Client: bench/1.0\r\nAccept: */*\r\n`;
  if (which === "read") return `GET ${READ} HTTP/1.1\r\n${head}\r\n`;
  return `POST ${EARN} HTTP/1.1\r\n${head}Content-Type: application/json\r\nIdempotency-Key: ${key}\r\nContent-Length: 2\r\n\r\n{}`;
}

/** The loyalty service's paths. A write is two calls: whose account it is, and the payment. */
export const secondaryId = (member) =>
  `/loyalty-accounts/v1/accounts/secondary-id?memberId=${member}`;
export const earnPoints = (account) => `/loyalty-accounts/v1/accounts/${account}/earn-points`;
