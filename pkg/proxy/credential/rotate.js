import { insideOf, seal } from "./credential.js";

/**
 * Several credentials of one site, the newest first: what is used is the first that upstream accepts.
 *
 * @param {object[]} credentials
 */
export function rotate(credentials) {
  if (!Array.isArray(credentials) || credentials.length === 0) {
    throw new TypeError("rotate: give a list of credentials, the newest first");
  }
  const all = credentials.map((credential, at) => {
    const inside = insideOf(credential);
    if (inside === undefined) throw new TypeError(`rotate: [${at}] is not a credential`);
    return inside;
  });
  const [{ siteId }] = all;
  const other = all.findIndex((inside) => inside.siteId !== siteId);
  if (other !== -1) {
    // Points of one site must never be moved with the key of another because the first was refused.
    throw new TypeError(`rotate: [${other}] is of another site than [0]; give app() its siteId`);
  }
  const kinds = new Set(all.map(({ keyKind }) => keyKind));
  kinds.delete("other");
  if (kinds.size > 1) throw new TypeError("rotate: a sandbox's key and a real site's don't mix");
  const [keyKind = "other"] = kinds;
  return seal({ siteId, keyKind, open: (world) => all.flatMap((inside) => inside.open(world)) });
}
