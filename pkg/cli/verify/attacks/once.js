import {
  jsonOf,
  paidOnce,
  refusal,
  refused,
  refusedAfterClaim,
  refusedForm,
  skipped,
  through,
} from "../judge.js";
import { COUPONS } from "../paths.js";
import { freshKey, freshSubject } from "../request.js";
import { attacksOf } from "./attack.js";

/**
 * Class `once`: getting paid twice. Here a few points may really be earned, as often as the policy
 * lets any member earn them.
 */

const KEYS =
  "Require an Idempotency-Key of 1 to 128 of [A-Za-z0-9_-] on actions and members' writes.";
const ATOMIC =
  "Take the key and the cap in one atomic step before the payment; derive the upstream's key from what is paid for.";

const CLAIMS = 20;

/** @type {(s: any, headers: Record<string, string | undefined>, more?: object) => import("./attack.js").Asked} */
const claim = (s, headers, more) => ({
  path: `/actions/${s.action}`,
  as: "member",
  body: { subject: freshSubject() },
  headers,
  ...more,
});

/** That claim, word by word. @param {any} scene @param {object} [more] */
const again = (scene, more) =>
  claim(scene, { "idempotency-key": scene.memo.key }, { body: scene.memo.body, ...more });

/** A claim that is made once in a run, for all that needs one. @type {import("../run.js").Attack["run"]} */
async function claimed(scene, io) {
  scene.memo.key ??= freshKey();
  scene.memo.body ??= { subject: freshSubject() };
  scene.memo.claim ??= await io.send(again(scene));
  return [scene.memo.claim];
}

const MALFORMED = [
  "",
  '""',
  '"open',
  "a b",
  "a,b",
  "a/b",
  "ключ",
  "x".repeat(129),
  "x".repeat(4000),
];

export const once = [
  ...attacksOf(
    {
      class: "once",
      rule: "P30",
      mend: KEYS,
      needs: ["member"],
      judge: refusedForm(),
      writes: true,
    },
    [
      {
        name: "no-key",
        about: "an earn without Idempotency-Key",
        send: (s) => claim(s, { "idempotency-key": undefined }),
      },
      {
        name: "malformed-key",
        about: "an earn with keys that are none: empty, open quotes, spaces, too long",
        send: (s) =>
          MALFORMED.map((key) =>
            claim(s, { "idempotency-key": Buffer.from(key).toString("latin1") }),
          ),
      },
      {
        name: "two-keys",
        about: "an earn with two keys",
        judge: refusedForm(),
        send: (s) => ({
          ...claim(s, {}),
          headers: { "idempotency-key": [freshKey(), freshKey()] },
        }),
      },
      {
        name: "redeem-without-key",
        about: "a redemption without Idempotency-Key",
        needs: ["rewardId"],
        send: (s) => ({
          path: `${COUPONS}/redeem-my-coupon`,
          as: "member",
          body: { rewardId: s.rewardId },
          headers: { "idempotency-key": undefined },
        }),
      },
    ],
  ),
  ...attacksOf({ class: "once", rule: "P27", mend: ATOMIC, needs: ["member"], writes: true }, [
    {
      name: "race-many-keys",
      about: `${CLAIMS} claims at once of an action that pays once a day, each with its own key`,
      judge: paidOnce("many"),
      together: (s) =>
        Array.from({ length: CLAIMS }, () => ({
          path: `/actions/${s.capped}`,
          as: /** @type {const} */ ("member"),
          body: { subject: freshSubject() },
        })),
    },
    {
      name: "claim-again",
      about: "the same action once more on the same day, with a new key",
      judge: refused(),
      send: (s) => ({
        path: `/actions/${s.capped}`,
        as: "member",
        body: { subject: freshSubject() },
      }),
    },
    {
      name: "claim-again-by-query",
      about: "and once more, by a path that differs in what does not matter",
      judge: refused(),
      send: (s) =>
        ["?again=1", "/", "%20"].map((more) => ({
          path: `/actions/${s.capped}${more}`,
          as: /** @type {const} */ ("member"),
          body: { subject: freshSubject() },
        })),
    },
  ]),
  ...attacksOf({ class: "once", rule: "P30", mend: ATOMIC, needs: ["member"], writes: true }, [
    {
      name: "replay",
      about: "a claim sent again with its key, which has to be answered and not paid again",
      judge: paidOnce("same"),
      run: async (s, io) => {
        const [first] = await claimed(s, io);
        return [first, await io.send(again(s))];
      },
    },
    {
      name: "other-payload",
      about: "another claim under the key of one that was paid",
      judge: refusedAfterClaim,
      run: async (s, io) => {
        const [first] = await claimed(s, io);
        const other = { body: { subject: freshSubject() } };
        return [first, await io.send(again(s, other))];
      },
    },
    {
      name: "other-action-same-key",
      about: "another action under the key of one that was paid",
      judge: (answers) => {
        const [first, second] = answers.map(({ reply }) =>
          reply?.status === 200 ? jsonOf(reply)?.transactionId : undefined,
        );
        if (first === undefined) return refusedAfterClaim(answers, {});
        return first === second
          ? through("answers with the other action's payment", 1)
          : refusal("keys are told apart by action", 1);
      },
      run: async (s, io) => {
        const [first] = await claimed(s, io);
        const path = { path: `/actions/${s.capped}` };
        return [first, await io.send(again(s, path))];
      },
    },
    {
      name: "key-of-another",
      about:
        "another member sends the same claim with the same key, to be told the first one's answer",
      needs: ["member.accountId", "other.accountId"],
      judge: keyOfAnother,
      run: async (s, io) => {
        const [first] = await claimed(s, io);
        return [first, await io.send({ ...again(s), as: "other" })];
      },
    },
    {
      name: "race-same-key",
      about: `${CLAIMS} claims at once with one key`,
      judge: paidOnce("same"),
      together: (s) => {
        const key = freshKey();
        const body = { subject: freshSubject() };
        return Array.from({ length: CLAIMS }, () => claim(s, { "idempotency-key": key }, { body }));
      },
    },
  ]),
];

/** @type {import("../judge.js").Judge} */
function keyOfAnother(answers, { member }) {
  const [first, second] = answers;
  if (first.reply?.status !== 200) return refusedAfterClaim(answers, {});
  if (second.reply === undefined) return skipped(`no evidence: no answer (${second.none})`);
  return second.reply.text.toLowerCase().includes(member.accountId.toLowerCase())
    ? through("answers with the first member's account", 1)
    : refusal("keys are told apart by caller", 1);
}
