/**
 * What answers mean. Pure: a judge gets the answers to an attack, and the facts of the run, and says
 * whether the attack was refused or got through. What proves nothing is never called refused.
 *
 * | Answer | Is |
 * |---|---|
 * | a 4xx that refuses (501 and 505 too) | refused |
 * | 409, 412, 428 | through: the ledger said this, so the call had passed the proxy's own gate; unless the judge expects it |
 * | 2xx, 3xx | through |
 * | 5xx | through: it fell over instead of refusing, and nobody knows how far the call had come |
 * | 429, 503 | no evidence (the runner waits and asks again before it gives up) |
 * | no answer | no evidence; through if nothing answers from then on |
 *
 * @typedef {import("./wire.js").Reply} Reply
 * @typedef {{ line: string, sent: string, as?: string, reply?: Reply, none?: string }} Answer `sent` is all
 *   that the attacker wrote, to tell an echo from a leak.
 * @typedef {{ result: "refused" | "through" | "skipped", why: string, at?: number, shows?: string }} Verdict `at`: which answer shows it, and
 *   `shows` the text in it that does.
 * @typedef {(answers: readonly Answer[], facts: any) => Verdict} Judge
 */

const REFUSALS = new Set([
  400, 401, 403, 404, 405, 406, 411, 413, 414, 415, 417, 421, 422, 426, 431, 501, 505,
]);
const LATER = new Set([429, 503]);
const SPENT = "no evidence: the member's cap is reached; run with a member who may still earn";

/** @param {string} why @param {number} [at] @returns {Verdict} */
export const refusal = (why, at = 0) => ({ result: "refused", why, at });
/** @param {string} why @param {number} [at] @returns {Verdict} */
export const through = (why, at = 0) => ({ result: "through", why, at });
/** @param {string} why @param {number} [at] @returns {Verdict} */
export const skipped = (why, at) => ({ result: "skipped", why, at });

/**
 * The verdict on one answer by its status alone.
 *
 * @param {Answer} answer
 * @param {{ only?: readonly number[], also?: readonly number[], hangUp?: boolean }} expected `only` these
 *   statuses refuse; `also` these; hanging up counts as a refusal where the request is no HTTP any more.
 * @param {number} [at]
 * @returns {Verdict}
 */
export function byStatus({ reply, none }, { only, also = [], hangUp = false }, at = 0) {
  if (reply === undefined) {
    if (hangUp && none === "closed") return refusal("hung up", at);
    return skipped(`no evidence: no answer (${none})`, at);
  }
  const { status } = reply;
  if (LATER.has(status)) return skipped(`no evidence: still ${status} after waiting`, at);
  if (only ? only.includes(status) : REFUSALS.has(status) || also.includes(status)) {
    return refusal(`${status}${codeOf(reply)}`, at);
  }
  if (status >= 500) return through(`failed with ${status} instead of refusing`, at);
  if ([409, 412, 428].includes(status))
    return through(`reached the ledger: ${status}${codeOf(reply)}`, at);
  return through(only ? `${status} instead of ${only.join(" or ")}` : `answered ${status}`, at);
}

/**
 * Every answer has to be a refusal, and none may tell anything of another member.
 *
 * @param {Parameters<typeof byStatus>[1]} [expected]
 * @returns {Judge}
 */
export const refused =
  (expected = {}) =>
  (answers, facts) =>
    worst(answers.map((answer, at) => leak(answer, facts, at) ?? byStatus(answer, expected, at)));

/** A refusal, or an answer that holds nothing of another member's. @type {Judge} */
export const ownOnly = (answers, facts) =>
  worst(
    answers.map((answer, at) => {
      const told = leak(answer, facts, at) ?? strangers(answer, facts, at);
      if (told !== undefined) return told;
      if (answer.reply?.status === 200) return refusal("200 with nothing but the caller's own", at);
      return byStatus(answer, {}, at);
    }),
  );

/**
 * Two answers, to a foreign id and to an unknown one, that nobody can tell apart.
 *
 * @type {Judge}
 */
export const alike = (answers, facts) => {
  const each = refused()(answers, facts);
  if (each.result !== "refused") return each;
  const [first, second] = answers.map(({ reply, sent }) => {
    const ids = sent.match(GUID) ?? [];
    // An id that the caller sent and gets back tells him nothing.
    const text = ids.reduce((body, id) => body.replaceAll(id, "ID"), reply?.text ?? "");
    return `${reply?.status} ${header(reply, "content-type")} ${text.replace(REQUEST_ID, "")}`;
  });
  return first === second
    ? refusal("the same answer for a foreign id and an unknown one")
    : through("a foreign id is answered otherwise than an unknown one, so ids can be tested");
};

/**
 * Claims that may pay once in all: `same` key, or each with its own against a cap of one.
 *
 * @param {"same" | "many"} keys
 * @returns {Judge}
 */
export const paidOnce = (keys) => (answers) => {
  const paid = answers.flatMap((answer, at) => (answer.reply?.status === 200 ? [at] : []));
  if (keys === "many" && paid.length > 1) return through(`paid ${paid.length} times`, paid[1]);
  if (keys === "same") {
    const [first] = paid;
    const other = paid.find((at) => payment(answers[at]) !== payment(answers[first]));
    if (other !== undefined) return through("one key paid twice", other);
  }
  const failed = answers.findIndex(
    ({ reply }) => reply && reply.status >= 500 && reply.status !== 503,
  );
  if (failed >= 0) return through(`failed with ${answers[failed].reply?.status}`, failed);
  if (answers.some(({ reply }) => reply === undefined)) {
    return skipped("no evidence: some claims got no answer");
  }
  if (paid.length > 0) return refusal(`${answers.length} claims, one payment`, paid[0]);
  if (answers.some(isSpent)) return refusal("the cap was reached before, and held");
  return skipped(
    `nobody was paid (${answers[0]?.reply?.status ?? answers[0]?.none}), so nothing was raced`,
  );
};

/**
 * Refused by its form. Where a cap refuses first, the form was never looked at.
 *
 * @param {Parameters<typeof byStatus>[1]} [expected]
 * @returns {Judge}
 */
export const refusedForm =
  (expected = {}) =>
  (answers, facts) => {
    const verdict = refused(expected)(answers, facts);
    return verdict.result !== "through" && answers.some(isSpent) ? skipped(SPENT) : verdict;
  };

/** A claim, and what comes after it and has to be refused. @type {Judge} */
export const refusedAfterClaim = (answers, facts) => {
  const [claim, ...rest] = answers;
  if (claim.reply?.status !== 200) {
    return isSpent(claim)
      ? skipped(SPENT)
      : skipped(`the claim before it was not paid (${claim.reply?.status ?? claim.none})`);
  }
  const verdict = refused({ also: [409] })(rest, facts);
  return { ...verdict, at: (verdict.at ?? 0) + 1 };
};

/**
 * No answer lets a page of this origin read it.
 *
 * @param {{ refuse: boolean }} options `refuse`: the call has to be refused too, not only kept from the page.
 * @returns {Judge}
 */
export const unreadable =
  ({ refuse }) =>
  (answers, facts) => {
    for (const [at, { reply, sent }] of answers.entries()) {
      const allowed = header(reply, "access-control-allow-origin");
      const origin = /^origin: (.*)$/im.exec(sent)?.[1].trim();
      if (allowed === "*") return through("Access-Control-Allow-Origin: *", at);
      if (allowed !== undefined && allowed === origin)
        return through(`lets ${origin} read the answer`, at);
    }
    if (refuse) return refused()(answers, facts);
    const silent = answers.findIndex(({ reply }) => reply === undefined);
    if (silent >= 0) return byStatus(answers[silent], {}, silent);
    return refusal("no page of that origin may read it");
  };

/**
 * Something that has to hold of every answer there was.
 *
 * @param {(answer: Answer & { reply: Reply }, facts: any) => string | undefined} wrong What is wrong with it.
 * @param {string} right
 * @returns {Judge}
 */
export const always = (wrong, right) => (answers, facts) => {
  let seen = 0;
  for (const [at, answer] of answers.entries()) {
    if (answer.reply === undefined) continue;
    seen += 1;
    const said = wrong(/** @type {any} */ (answer), facts);
    if (said !== undefined) return through(said, at);
  }
  return seen === 0
    ? skipped("no evidence: there was no answer to look at")
    : refusal(`${right} (${seen} answers)`);
};

/** @param {Answer["reply"]} reply @param {string} name */
export function header(reply, name) {
  return reply?.headers.find(([known]) => known === name)?.[1];
}

/** @param {Reply} reply @returns {any} */
export function jsonOf(reply) {
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
}

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const REQUEST_ID = /"requestId"\s*:\s*"[^"]*"/g;

/** Through beats no evidence, and that beats refused. @param {Verdict[]} verdicts @returns {Verdict} */
export function worst(verdicts) {
  return (
    verdicts.find(({ result }) => result === "through") ??
    verdicts.find(({ result }) => result === "skipped") ??
    verdicts[0] ??
    skipped("no evidence: there was no answer to look at")
  );
}

/**
 * Whether an answer says something of the other member that the attacker did not say himself.
 *
 * @param {Answer} answer @param {any} facts @param {number} at @returns {Verdict | undefined}
 */
function leak({ reply, sent, as }, { other }, at) {
  if (reply === undefined || as === "other" || as === "staff") return undefined;
  const text = reply.text.toLowerCase();
  for (const [what, value] of Object.entries(other?.secrets ?? {})) {
    const secret = String(value).toLowerCase();
    const echoed = reply.status !== 200 && sent.toLowerCase().includes(secret);
    if (!echoed && text.includes(secret)) {
      return { ...through(`tells the other member's ${what}`, at), shows: secret };
    }
  }
  return undefined;
}

/**
 * Whether an answer holds anything of an account that is not the caller's, whoever's it is.
 *
 * @param {Answer} answer @param {any} facts @param {number} at @returns {Verdict | undefined}
 */
function strangers({ reply }, { member }, at) {
  if (reply?.status !== 200 || member?.accountId === undefined) return undefined;
  const accounts = [...reply.text.matchAll(/"(?:accountId|loyaltyAccountId)"\s*:\s*"([^"]*)"/g)];
  const foreign = accounts.find(([, id]) => id.toLowerCase() !== member.accountId.toLowerCase());
  return (
    foreign && { ...through("tells of an account that is not the caller's", at), shows: foreign[1] }
  );
}

/** What a payment is known by. @param {Answer} answer */
function payment({ reply }) {
  const body = reply && jsonOf(reply);
  return `${body?.transactionId} ${body?.account?.points?.balance}`;
}

/** @param {Answer} answer */
function isSpent({ reply }) {
  return reply !== undefined && reply.status >= 400 && jsonOf(reply)?.code === "LIMIT_REACHED";
}

/** @param {Reply} reply */
function codeOf(reply) {
  const code = jsonOf(reply)?.code;
  return typeof code === "string" && /^[A-Z0-9_]{1,40}$/.test(code) ? ` ${code}` : "";
}
