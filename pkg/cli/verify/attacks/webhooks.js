import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { refused } from "../judge.js";
import { attacksOf } from "./attack.js";

/** Class `webhooks`: events that the service never sent. A proxy without webhooks refuses them too. */

const MEND =
  "Verify the raw body as a JWT by RS256 and the configured key alone, for the instances you know, within a short time.";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** As the service nests it. @param {any} scene */
function claims(scene) {
  const now = Math.floor(Date.now() / 1000);
  const event = {
    id: crypto.randomUUID(),
    entityFqdn: "wix.loyalty.v1.account",
    slug: "points_updated",
    entityId: scene.member?.accountId ?? scene.nobody,
    eventTime: new Date().toISOString(),
    entityEventSequence: "999999",
    actionEvent: {
      body: {
        account: { id: scene.member?.accountId ?? scene.nobody, points: { balance: 1_000_000 } },
      },
    },
  };
  const data = {
    eventType: "wix.loyalty.v1.account_points_updated",
    instanceId: scene.nobody,
    data: JSON.stringify(event),
  };
  return { data: JSON.stringify(data), iat: now, exp: now + 300 };
}

const part = (/** @type {unknown} */ value) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");
const text = (/** @type {any} */ scene, /** @type {object} */ header) =>
  `${part({ typ: "JWT", ...header })}.${part(claims(scene))}`;
/** @param {string} body @returns {import("./attack.js").Asked} */
const event = (body) => ({
  path: "/webhooks",
  body,
  headers: {
    "content-type": "text/plain",
    "x-loyalty-client": undefined,
    "idempotency-key": undefined,
  },
});

/** @param {any} scene @param {object} [header] */
function forged(scene, header) {
  const body = text(scene, { alg: "RS256", ...header });
  return `${body}.${sign("sha256", Buffer.from(body), privateKey).toString("base64url")}`;
}

export const webhooks = attacksOf(
  { class: "webhooks", rule: "P36", mend: MEND, judge: refused(), writes: true },
  [
    {
      name: "webhook-garbage",
      about: "an event that is no token",
      send: () => [event("garbage"), event("{}"), event("a.b.c")],
    },
    {
      name: "webhook-unsigned",
      about: "an event without a signature",
      send: (s) => ["none", "None"].map((alg) => event(`${text(s, { alg })}.`)),
    },
    {
      name: "webhook-own-key",
      about: "an event signed with a key of our own",
      send: (s) => event(forged(s)),
    },
    {
      name: "webhook-embedded-key",
      about: "an event that brings its own key along",
      send: (s) => event(forged(s, { jwk: publicKey.export({ format: "jwk" }) })),
    },
    {
      name: "webhook-weak-secret",
      about: "an event signed by HS256 with secrets that anybody can guess",
      send: (s) =>
        ["", "secret"].map((secret) => {
          const body = text(s, { alg: "HS256" });
          return event(`${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`);
        }),
    },
    {
      name: "webhook-plain-json",
      about: "an event as plain JSON",
      send: (s) => ({
        ...event(JSON.stringify(claims(s))),
        headers: { "content-type": "application/json", "x-loyalty-client": undefined },
      }),
    },
  ],
);
