/**
 * What a ready line says of a sandbox, in the documented order and without what else its object
 * may hold.
 *
 * @param {import("loyalty-edge/sandbox").Sandbox} box
 * @param {string} url
 */
export function sandboxFacts(box, url) {
  const { apiKey, siteId, rewards, tiers } = box;
  const { appId, appSecret, instanceId, appRefreshToken, publicKey } = box;
  const contacts = box.contacts.map(({ contactId }) => ({ contactId }));
  const app = { appId, appSecret, instanceId, appRefreshToken, publicKey };
  const members = box.members.map(memberFacts);
  return { url, apiKey, siteId, members, contacts, rewards, tiers, ...app };
}

/** @param {{ name: string, memberId: string, contactId: string, accountId: string, token: string }} member */
export function memberFacts({ name, memberId, contactId, accountId, token }) {
  return { name, memberId, contactId, accountId, token };
}
