import { columns, paint, printable } from "./terminal.js";

/**
 * What a person sees when a command is ready: addresses, who can sign in, and one line to paste.
 *
 * @typedef {{ name: string, memberId: string, accountId: string, token: string }} Member
 * @typedef {NodeJS.WriteStream | { isTTY?: boolean }} Stream
 */

/** @param {any} facts @param {Stream} stream */
export function devSummary(facts, stream) {
  const { bold, dim, cyan, green } = paint(stream);
  const ada = facts.members[0];
  return page([
    `  ${bold("loyalty-edge dev")} ${green("is ready")}`,
    columns(
      [
        ["Demo", facts.demo],
        ["Proxy", facts.proxy],
        ["Sandbox", facts.sandbox.url],
      ],
      [dim, cyan],
    ),
    `  ${bold("Who can sign in")}\n${columns(
      [
        ...facts.members.map((/** @type {Member} */ m) => [
          printable(m.name),
          "member",
          m.memberId,
        ]),
        ["staff", "searches and adjusts", ""],
        ["admin", "may do everything", ""],
      ],
      [(text) => text, dim, dim],
    )}`,
    `  ${bold("Try it")}\n${dim(
      [
        `  TOKEN=$(curl -s ${facts.demo}dev/sign-in -H 'X-Loyalty-Client: curl/1' -H 'Accept: text/plain' \\`,
        `    -H 'Content-Type: application/json' -d '{"as":"${ada.memberId}"}')`,
        `  curl -s ${facts.proxy}/loyalty-accounts/v1/accounts/my-account \\`,
        `    -H 'X-Loyalty-Client: curl/1' -H "Authorization: Bearer $TOKEN"`,
      ].join("\n"),
    )}`,
    `  ${dim("Play money only: the ledger lives in memory. Stop with Ctrl-C.")}`,
  ]);
}

/** @param {any} facts @param {Stream} stream @param {{ db?: string }} [kept] The file that keeps everything, if one does. */
export function sandboxSummary(facts, stream, { db } = {}) {
  const lives = db === undefined ? "lives in memory" : `is kept in ${printable(db)}`;
  const { bold, dim, cyan, green } = paint(stream);
  return page([
    `  ${bold("loyalty-edge sandbox")} ${green("is ready")}`,
    columns(
      [
        ["URL", facts.url],
        ["API key", facts.apiKey],
        ["Site id", facts.siteId],
      ],
      [dim, cyan],
    ),
    `  ${bold("Members")}\n${columns(
      facts.members.map((/** @type {Member} */ m) => [printable(m.name), "account", m.accountId]),
      [(text) => text, dim, dim],
    )}`,
    `  ${bold("Try it")}\n${dim(
      [
        `  curl -s ${facts.url}/loyalty-accounts/v1/accounts/${facts.members[0].accountId} \\`,
        `    -H 'Authorization: ${facts.apiKey}' -H 'wix-site-id: ${facts.siteId}'`,
      ].join("\n"),
    )}`,
    `  ${dim(`The ledger ${lives}. Stop with Ctrl-C.`)}`,
  ]);
}

/** @param {any} facts @param {Stream} stream */
export function proxySummary(facts, stream) {
  const { bold, dim, cyan, green } = paint(stream);
  return page([
    `  ${bold("loyalty-edge proxy")} ${green("is ready")}`,
    columns([["URL", facts.url]], [dim, cyan]),
    `  ${dim("Stop with Ctrl-C.")}`,
  ]);
}

/** @param {readonly string[]} blocks */
function page(blocks) {
  return `\n${blocks.join("\n\n")}\n\n`;
}
