/**
 * What a ready line says of a sandbox, in the documented order and without what else its object
 * may hold.
 *
 * @param {import("loyalty-edge/sandbox").Sandbox} box
 * @param {string} url
 */
export function sandboxFacts(box, url) {
  const { apiKey, siteId, rewards, tiers } = box;
  const contacts = box.contacts.map(({ contactId }) => ({ contactId }));
  return { url, apiKey, siteId, members: box.members.map(memberFacts), contacts, rewards, tiers };
}

/** @param {{ name: string, memberId: string, contactId: string, accountId: string, token: string }} member */
export function memberFacts({ name, memberId, contactId, accountId, token }) {
  return { name, memberId, contactId, accountId, token };
}
