/**
 * Of a token's claims those that the policy asks for. No other comes in.
 *
 * @param {unknown} claims
 * @param {readonly string[]} names
 * @returns {Record<string, unknown> | undefined} `undefined` where the policy asks for none.
 */
export function asked(claims, names) {
  if (names.length === 0 || typeof claims !== "object" || claims === null) return undefined;
  const held = names.filter((name) => Object.hasOwn(claims, name));
  return Object.fromEntries(held.map((name) => [name, claims[name]]));
}
