import { printable } from "../terminal.js";
import { CREDENTIALS } from "./attacks/answers.js";

/**
 * A request and its answer in short. What comes from outside is made safe to print, and nothing that
 * could be used is repeated: no token, no e-mail address, and of a credential that leaked only how
 * it begins.
 *
 * @typedef {import("./judge.js").Answer} Answer
 */

const MOST = 160;
const BEFORE = 40;
/** More is never looked at: some attacks send megabytes. */
const READ = 2_000;
const E_MAIL = /[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}/g;
const JWT = /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?/g;

/**
 * @param {Answer} answer
 * @param {string} [shows] What in the answer is the evidence: the part around it is shown.
 * @returns {{ request: string, answer: string }}
 */
export function evidenceOf({ line, body, as, reply, none }, shows) {
  const who = as === undefined ? "" : ` as ${as}`;
  const request = `${short(line)}${who}${body ? ` ${short(body)}` : ""}`;
  if (reply === undefined) return { request, answer: `no answer (${none})` };
  const text = around(reply.text, shows);
  return { request, answer: `${reply.status}${text ? ` ${short(text)}` : ""}` };
}

/** @param {string} text @param {string} [shows] */
function around(text, shows) {
  const at = shows === undefined ? 0 : text.toLowerCase().indexOf(shows.toLowerCase());
  return at > MOST / 2 ? `…${text.slice(at - BEFORE)}` : text;
}

/** @param {string} text */
export function short(text) {
  const safe = printable(mask(text.slice(0, READ)).replace(/\s+/g, " ").trim());
  return safe.length > MOST ? `${safe.slice(0, MOST - 1)}…` : safe;
}

/** @param {string} text */
export function mask(text) {
  return text
    .replace(
      CREDENTIALS,
      (found) => `${/^(?:IST|SANDBOX|OauthNG)/.exec(found)?.[0] ?? "KEY"}.(masked)`,
    )
    .replace(JWT, "(token)")
    .replace(E_MAIL, "(e-mail)");
}
