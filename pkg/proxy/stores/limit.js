/**
 * What `reserve` says where counters are full: which of them ends last, for before that no other try would do better.
 *
 * @param {{ counter: string }[]} full
 * @param {(claim: any) => number | null} endOf When a claim's counter ends; `null` for never.
 */
export function lastToEnd(full, endOf) {
  const limits = full.map((claim) => ({
    kind: "limit",
    counter: claim.counter,
    expiresAt: endOf(claim),
  }));
  return limits.reduce(
    (last, limit) => (last === undefined || isLater(limit, last) ? limit : last),
    undefined,
  );
}

const isLater = (one, other) =>
  other.expiresAt !== null && (one.expiresAt === null || one.expiresAt > other.expiresAt);
