import { header, jsonOf } from "./judge.js";
import { ACCOUNTS, PROGRAM, REWARDS, TRANSACTIONS } from "./paths.js";

/**
 * What has to be known before the first attack: that the callers are who they say, what is theirs,
 * and what is the other's, to recognise it where it must not be. All by plain reads. Without these
 * controls a proxy that refuses everybody would look like a safe one.
 *
 * @typedef {import("./judge.js").Answer} Answer
 * @typedef {import("./request.js").Asked} Asked
 */

/** Said where a fact is missing that an attack needs. */
export const HINTS = {
  member: "give --member TOKEN, the token of a member",
  other: "give --other TOKEN, the token of another member",
  staff: "give --staff TOKEN, the token of somebody who may search accounts",
  origin: "give --origin URL, an origin from which pages may call",
  expired: "give --expired TOKEN, a token of a member that has ended",
  jwt: "the token of --member is no JWT, so it can't be taken apart",
  jwks: "no public keys found: give --jwks URL on the proxy's own host",
  "member.accountId":
    "the member's account is unknown: let members read their account, or give --member-account ID",
  "other.accountId":
    "the other's account is unknown: let members read their account, or give --other-account ID",
  "member.contactId": "the member's account does not tell its contact id",
  "other.contactId": "the other's account does not tell its contact id",
  "other.memberId": "the other's account does not tell its member id",
  "other.transactionId": "the other member has no transaction, or may not list them",
  "other.cursor": "the other member has one page of transactions at most",
  rewardId: "no reward was found that members may list",
  public: "nothing here is open to visitors, so none can be mistaken for one",
  loopback: "only on this machine: the proxy would have to call back",
};

/** Facts that come with another: without that one they are not missing by themselves. */
const FROM_MEMBER = ["jwt", "rewardId"];

/** What to say where an attack's need is missing: the caller, if even that one is. @param {any} scene @param {string} name */
export function hintFor(scene, name) {
  const whose = FROM_MEMBER.includes(name) ? "member" : name.split(".")[0];
  const missing = whose in HINTS && fact(scene, whose) === undefined ? whose : name;
  return HINTS[/** @type {keyof typeof HINTS} */ (missing)] ?? `${missing} is unknown`;
}

/** A fact of the scene by its dotted name. @param {any} scene @param {string} name */
export function fact(scene, name) {
  return name.split(".").reduce((value, part) => value?.[part], scene);
}

/**
 * @param {{ send: (asked: Asked) => Promise<Answer> }} io
 * @param {{ tokens: Record<string, string | undefined>, origin?: string, expired?: string, jwks?: string, base: URL, loopback: boolean, action: string, capped: string, memberAccount?: string, otherAccount?: string }} given
 * @param {Answer} health What `/healthz` answered.
 */
export async function learn(io, given, health) {
  const { tokens, origin, expired, loopback, action, capped } = given;
  /** @type {any} */
  const scene = { origin, expired, action, capped, tokens, nobody: crypto.randomUUID(), memo: {} };
  scene.loopback = loopback || undefined;
  /** @type {string[]} */
  const wrong = [];
  /** @type {Answer[]} */
  const controls = [];
  for (const role of /** @type {const} */ (["member", "other"])) {
    if (tokens[role] === undefined) continue;
    const answer = await io.send({ path: `${ACCOUNTS}/my-account`, as: role });
    controls.push(answer);
    if (answer.reply?.status === 401) wrong.push(role);
    const given_ = role === "member" ? given.memberAccount : given.otherAccount;
    scene[role] = person(answer, given_);
  }
  if (tokens.staff !== undefined) {
    const answer = await io.send({ path: PROGRAM, as: "staff" });
    if (answer.reply?.status === 401) wrong.push("staff");
    scene.staff = {};
  }
  if (scene.other !== undefined) await learnHistory(io, scene.other);
  const open = await io.send({ path: PROGRAM });
  controls.push(open, health);
  scene.public = open.reply?.status === 200 || undefined;
  if (scene.member !== undefined) {
    const { reply } = await io.send({ path: REWARDS, as: "member" });
    scene.rewardId = reply && jsonOf(reply)?.rewards?.[0]?.id;
  }
  scene.jwt = readJwt(tokens.member);
  scene.jwks = await learnKeys(io, given);
  const same = scene.member?.accountId && scene.member.accountId === scene.other?.accountId;
  const strange = controls.every(isNoProxys) ? (health.reply?.status ?? 0) : undefined;
  return { scene, wrong, same: Boolean(same), strange };
}

/** Whether an answer is that of a server which knows nothing of these paths: a wrong address is no safe proxy. @param {Answer} answer */
function isNoProxys({ reply }) {
  if (reply === undefined) return true;
  const isPage = !/json/.test(header(reply, "content-type") ?? "");
  return isPage && [200, 301, 302, 307, 308, 404, 405].includes(reply.status);
}

/** @param {Answer} answer @param {string} [accountId] */
function person({ reply }, accountId) {
  const account = (reply?.status === 200 && jsonOf(reply)?.account) || {};
  const { contactId, memberId, contact = {} } = account;
  const id = account.id ?? accountId;
  const told = {
    "account id": id,
    "contact id": contactId,
    "member id": memberId,
    "e-mail address": contact.email,
  };
  const secrets = Object.fromEntries(
    Object.entries(told).filter(([, value]) => typeof value === "string"),
  );
  return { accountId: id, contactId, memberId, secrets };
}

/** @param {{ send: (asked: Asked) => Promise<Answer> }} io @param {any} other */
async function learnHistory(io, other) {
  const body = { query: { cursorPaging: { limit: 1 } } };
  const { reply } = await io.send({ path: `${TRANSACTIONS}/query`, as: "other", body });
  const page = reply?.status === 200 ? jsonOf(reply) : undefined;
  other.transactionId = page?.loyaltyTransactions?.[0]?.id;
  other.cursor = page?.pagingMetadata?.cursors?.next ?? undefined;
  if (other.transactionId) other.secrets["transaction id"] = other.transactionId;
}

/**
 * The parts of a JWT, or nothing.
 *
 * @param {string | undefined} token
 */
export function readJwt(token) {
  const parts = token?.split(".") ?? [];
  if (parts.length !== 3) return undefined;
  try {
    const [head, claims] = parts
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    return typeof head?.alg === "string" ? { header: head, claims, parts } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The issuer's public keys, for the confusion of a public key with a secret. Looked for on the
 * proxy's own host only: no other host gave its leave.
 *
 * @param {{ send: (asked: Asked) => Promise<Answer> }} io
 * @param {{ jwks?: string, base: URL }} given
 */
async function learnKeys(io, { jwks, base }) {
  const named =
    jwks === undefined ? [] : [new URL(jwks)].filter((url) => url.origin === base.origin);
  const places =
    named.length > 0
      ? named.map(({ pathname }) => pathname)
      : ["/.well-known/jwks.json", "/dev/jwks.json"];
  for (const target of places) {
    const { reply } = await io.send({ target });
    const keys =
      reply?.status === 200 &&
      /json/.test(header(reply, "content-type") ?? "") &&
      jsonOf(reply)?.keys;
    if (Array.isArray(keys) && keys.length > 0) return keys;
  }
  return undefined;
}
