import { memo } from "./bounded.js";

// Members for callers whose login knows nothing of them: the developer's function says which member a subject is.

const REMEMBERED = 1_000;
const KEPT_MS = 5 * 60_000;

/** Somebody is signed in, and no member of this site is known for them. */
export class UnknownMember extends Error {
  name = "UnknownMember";
}

/**
 * @param {(caller: object) => unknown} resolve
 */
export function resolver(resolve) {
  const look = memo(REMEMBERED);

  /**
   * Gives a caller the ids that the developer's function knows. Customers only: staff need none. Whether they are ids
   * is for the decisions to say.
   *
   * @param {import("../index.js").Caller} caller
   * @param {{ site: string, now: number }} at
   */
  return async function resolved(caller, { site, now }) {
    if (caller.role !== "member") return caller;
    const { issuer = null, subject = caller.memberId ?? caller.contactId } = caller;
    if (typeof subject !== "string" || subject === "") {
      throw new UnknownMember("the caller has no subject to be known by");
    }
    const load = async () => {
      const { upstreamToken: _, ...known } = caller;
      const ids = await resolve({ ...known, subject });
      // Somebody who becomes a member in the next minute should not have to wait for it.
      const until = ids === null || ids === undefined ? now : now + KEPT_MS;
      return { value: ids ?? null, until };
    };
    const ids = await look(JSON.stringify([site, issuer, subject]), now, load);
    if (ids === null) throw new UnknownMember("resolve knows no member for the subject");
    const { memberId, contactId } = /** @type {any} */ (ids);
    // A member's own token would name another member than the one that was resolved.
    const { upstreamToken: _, ...rest } = caller;
    return { ...rest, memberId, contactId, isResolved: true };
  };
}
