import { VISITOR } from "./invalid-token.js";

/** What a developer can name the claims of. */
export const CLAIM_NAMES = ["member", "contact", "roles"];

/**
 * Who a verified set of claims speaks for.
 *
 * @param {Record<string, unknown>} payload
 * @param {{ member?: string | null, contact?: string | null, roles?: string | null }} [names] Which claims say who it
 *   is; `null` for none.
 * @returns {import("../index.js").Caller}
 */
export function callerOf(payload, names = {}) {
  const { member = "sub", contact = "contact_id", roles = "roles" } = names;
  const subject = text(payload, "sub");
  // A subject is somebody only together with who says so: two issuers may give the same one to two people.
  const issuer = text(payload, "iss");
  const memberId = text(payload, member);
  const contactId = text(payload, contact);
  const held = roles !== null && Object.hasOwn(payload, roles) ? [payload[roles]].flat() : [];
  const role = held.includes("admin") ? "admin" : held.includes("staff") ? "staff" : "member";
  const isNobody = [subject, memberId, contactId].every((id) => id === undefined);
  if (role === "member" && isNobody) return VISITOR;
  const known = subject === undefined ? {} : { subject };
  return { role, memberId, contactId, ...known, ...(issuer === undefined ? {} : { issuer }) };
}

function text(payload, name) {
  const value = name !== null && Object.hasOwn(payload, name) ? payload[name] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
