import { importSPKI, jwtVerify } from "jose";
import { headerFault, shapeOf } from "./identify/jwt-shape.js";
import { InvalidToken } from "./identify/invalid-token.js";

// Webhooks: the signature is checked here, by one key and one algorithm; what an event means and whether it is new is
// decided in crates/proxy/src/webhook.rs.

const ALGORITHM = "RS256";
const SKEW_SECONDS = 60;
const DAY_MS = 86_400_000;
const MAX_WINDOW_MS = 7 * DAY_MS;
const KNOWN = ["publicKey", "instanceIds", "on", "windowMs"];

/**
 * @param {import("./index.js").WebhookOptions} options
 * @returns {{ settings: object, verify: (token: string, now: number) => Promise<string>, handle: (event: any) => Promise<void> }}
 *   Throws what is wrong, as text.
 */
export function createWebhooks(options) {
  if (typeof options !== "object" || options === null) throw "webhooks: give options";
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw `webhooks.${unknown} is unknown; there are ${KNOWN.join(", ")}`;
  const { publicKey, instanceIds, on = {}, windowMs = DAY_MS } = options;
  const pem = pemOf(publicKey);
  const ids = Array.isArray(instanceIds) && instanceIds.every((id) => typeof id === "string" && id);
  if (!ids || instanceIds.length === 0) {
    throw "webhooks.instanceIds: list the app's instance ids whose events you take, at least one";
  }
  if (!Number.isInteger(windowMs) || windowMs < 1_000 || windowMs > MAX_WINDOW_MS) {
    throw `webhooks.windowMs: takes 1,000 to ${MAX_WINDOW_MS} milliseconds`;
  }
  const handled = Object.keys(on);
  const odd = handled.find((type) => typeof on[type] !== "function");
  if (odd !== undefined) throw `webhooks.on["${odd}"]: must be a function`;
  /** @type {Promise<CryptoKey> | undefined} */
  let key;
  return {
    settings: { instanceIds, handled, windowMs },

    async verify(token, now) {
      const { fault, header } = shapeOf(token, 64 * 1024);
      const wrong = fault ?? headerFault(header, [ALGORITHM]);
      if (wrong !== undefined) throw new InvalidToken(wrong);
      key ??= importSPKI(pem, ALGORITHM);
      const options = {
        algorithms: [ALGORITHM],
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(now),
      };
      // A key that is none is not the sender's fault: that error goes on as it is.
      const imported = await key;
      try {
        const { payload } = await jwtVerify(token, imported, options);
        return JSON.stringify(payload);
      } catch (error) {
        throw new InvalidToken(error?.code ?? "not verified");
      }
    },

    async handle(event) {
      const { type, ...given } = revived(event);
      await on[type](given);
    },
  };
}

/** `rsaEncryption`, as a key's DER names it: with no other key can RS256 be checked. */
const RSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

/** The key as PEM; the service's dashboard gives it in base64 too. */
function pemOf(publicKey) {
  const text = typeof publicKey === "string" ? publicKey.trim() : "";
  const pem = text.includes("-----BEGIN") ? text : decoded(text);
  const body = /-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/.exec(pem)?.[1] ?? "";
  if (decoded(body.replace(/\s/g, "")).includes(RSA)) return pem;
  throw "webhooks.publicKey: give the app's public key (RSA), in PEM or in base64 of that";
}

/** @param {string} base64 @returns {string} Nothing, where it is none. */
function decoded(base64) {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}

/** Dates come as objects of one field: JSON has none. */
function revived(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value.$date === "number") return new Date(value.$date);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revived(inner)]));
}
