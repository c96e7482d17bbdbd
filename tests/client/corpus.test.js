// C6: the inputs that the fuzzer kept, against a page's module. It leaves what stands inside tokens to JSON.parse: so
// nothing is accepted that JSON.parse refuses, and nothing traps.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ID, account, rejection, stub } from "./stub.js";

const corpus = readFileSync(new URL("../fuzz/corpus.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const isJson = (text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** The function of a client by its name, and arguments for it that are accepted. */
function find(client, name) {
  const group = Object.values(client).find((functions) => typeof functions[name] === "function");
  const fitting = {
    adjustPoints: [ID, { amount: 5 }],
    bulkAdjustPoints: [{ amount: 5 }],
    earn: ["review"],
    earnPoints: [ID, { amount: 5, appId: "app" }],
    getAccountBySecondaryId: [{ memberId: ID }],
    redeemPointsForCoupon: [ID, { loyaltyAccountId: ID }],
  };
  const takesId = /^(createAccount|get(Account|LoyaltyTransaction|Tier|Reward)|redeemCurrent\w+)$/;
  const args = fitting[name] ?? (takesId.test(name) ? [ID] : [{}]);
  return { run: group[name], args };
}

/** A client whose calls are answered with what the list holds. */
function answering() {
  const next = {};
  const { sent, ...client } = stub([() => ({ status: next.status, text: async () => next.text })], {
    retryBudget: 0,
  });
  return { sent, client, next };
}

async function check(name, status, text, { sent, client, next }) {
  Object.assign(next, { status, text });
  sent.length = 0;
  const { run, args } = find(client, name);
  const error = await run(...args).then(
    () => undefined,
    (error) => error,
  );
  assert.equal(sent.length, 1, `${name} was not sent: ${error?.message}`);
  if (!error) assert.ok(isJson(text), text);
  else assert.notEqual(error.code, "INTERNAL", text);
  return !error;
}

test("c06 the fuzzer's answers: what is accepted is JSON, and nothing traps", async () => {
  const setting = answering();
  for (const [name, status, text] of corpus.filter(([, status]) => status !== 0))
    await check(name, status, text, setting);
});

test("c06 answers with a letter changed are accepted only where they are JSON", async () => {
  const setting = answering();
  const answer = JSON.stringify({
    account: {
      ...account,
      createdDate: "2024-02-29T08:15:30.123Z",
      tier: { points: 1.5e1, id: ID },
      contact: { name: 'a "name"\n\u001f', email: null, other: [true, { id: [-0.5] }] },
    },
  });
  const pieces = [...'"\\{}[]:,01e+-.tfnu \u0001', "\\u", "null", "true", "id", ""];
  let accepted = 0;
  for (let at = 0; at <= answer.length; at += 1) {
    for (const piece of pieces) {
      for (const behind of [at, at + 1])
        accepted += await check(
          "getAccount",
          200,
          answer.slice(0, at) + piece + answer.slice(behind),
          setting,
        );
    }
  }
  assert.ok(accepted > 5_000, `${accepted} accepted`);
});

test("c06 the fuzzer's arguments: all are sent or refused, and nothing traps", async () => {
  let [accepted, refused] = [0, 0];
  for (const [name, , text] of corpus.filter(([, status]) => status === 0)) {
    if (!isJson(text)) continue;
    const args = [JSON.parse(text)].flat();
    const { sent, ...client } = stub([{ status: 404, text: async () => "" }], { retryBudget: 0 });
    const { run } = find(client, name);
    // What follows the arguments would be the call's options.
    args.length = Math.min(args.length, run.length - 1);
    if (args[0] === undefined) args[0] = null;
    const error = await rejection(run(...args));
    if (error.code === "NOT_FOUND") accepted += 1;
    else {
      refused += 1;
      assert.equal(error.code, "INVALID_ARGUMENT", `${name} ${text}: ${error.stack}`);
    }
    assert.equal(sent.length, error.code === "NOT_FOUND" ? 1 : 0);
  }
  assert.ok(refused > 400, `${accepted} accepted, ${refused} refused`);
});
