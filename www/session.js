/**
 * Who the visitor of this page says to be. The sign-in is the one of `loyalty-edge dev`; a shop
 * has its own. The token stays in memory: a reload is a sign-out.
 */

const CLIENT = "loyalty-edge-demo/1";

export const session = {
  /** @type {string | undefined} */
  token: undefined,
  /** @type {{ kind: "visitor" | "member" | "staff", title: string, member?: Member }} */
  who: { kind: "visitor", title: "Visitor" },
};

/** @typedef {{ name: string, memberId: string, contactId: string, accountId: string }} Member */
/** @typedef {{ name: string, description: string, amount: number, limit: { perMemberPerDay?: number, perSubject?: number } }} Action */

/**
 * The people and the actions of the play.
 *
 * @returns {Promise<{ proxy: string, members: Member[], actions: Action[] }>}
 */
export async function readCast() {
  const response = await fetch("dev/cast.json");
  if (!response.ok) throw new Error(`The demo's cast can't be read (${response.status}).`);
  return response.json();
}

/**
 * A token for a member, for staff or for the admin.
 *
 * @param {string} as
 * @returns {Promise<string>}
 */
export async function tokenFor(as) {
  const response = await fetch("dev/sign-in", {
    method: "POST",
    headers: { "content-type": "application/json", "x-loyalty-client": CLIENT },
    body: JSON.stringify({ as }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? `Sign-in failed (${response.status}).`);
  return answer.token;
}
