// What answers mean: the judges, as tables.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  alike,
  always,
  byStatus,
  ownOnly,
  paidOnce,
  refused,
  refusedAfterClaim,
  refusedForm,
  unreadable,
} from "../../pkg/cli/verify/judge.js";

const OWN = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
const FACTS = {
  member: { accountId: OWN },
  other: {
    accountId: OTHER,
    secrets: { "account id": OTHER, "e-mail address": "chloe@shop.example" },
  },
};

/** An answer of this status and body. */
const answer = (status, body = {}, more = {}) => ({
  line: "GET /x",
  body: "",
  sent: "GET /x HTTP/1.1\r\n\r\n",
  as: "member",
  reply: {
    status,
    headers: Object.entries(more.headers ?? {}),
    text: typeof body === "string" ? body : JSON.stringify(body),
  },
  ...more.answer,
});
const silence = (none) => ({ line: "GET /x", body: "", sent: "", none });
const result = (judge, answers, facts = FACTS) => judge(answers, facts).result;

describe("one answer by its status", () => {
  const table = [
    ...[400, 401, 403, 404, 405, 413, 415, 421, 422, 431, 501, 505].map((status) => [
      status,
      {},
      "refused",
    ]),
    ...[200, 201, 204, 301, 302, 307].map((status) => [status, {}, "through"]),
    ...[409, 412, 428].map((status) => [status, {}, "through"]),
    ...[500, 502, 504, 520].map((status) => [status, {}, "through"]),
    ...[429, 503].map((status) => [status, {}, "skipped"]),
    [409, { also: [409] }, "refused"],
    [401, { only: [401] }, "refused"],
    [403, { only: [401] }, "through"],
    [404, { only: [401] }, "through"],
    [503, { only: [401] }, "skipped"],
  ];
  for (const [status, expected, verdict] of table) {
    test(`p38_${status} with ${JSON.stringify(expected)} is ${verdict}`, () => {
      assert.equal(byStatus(answer(status), expected).result, verdict);
    });
  }
  for (const none of ["timeout", "closed", "unreachable"]) {
    test(`p38_no_answer_is_never_a_refusal: ${none}`, () => {
      const verdict = byStatus(silence(none), {});
      assert.equal(verdict.result, "skipped");
      assert.match(verdict.why, /no evidence/);
      assert.equal(
        byStatus(silence(none), { hangUp: true }).result,
        none === "closed" ? "refused" : "skipped",
      );
    });
  }
});

describe("several answers", () => {
  test("one that got through decides, then one without evidence", () => {
    assert.equal(result(refused(), [answer(403), answer(200), silence("timeout")]), "through");
    assert.equal(refused()([answer(403), answer(200)], FACTS).at, 1);
    assert.equal(result(refused(), [answer(403), silence("timeout")]), "skipped");
    assert.equal(result(refused(), [answer(403), answer(404)]), "refused");
    assert.equal(result(refused(), []), "skipped");
  });

  test("p03_a_refusal_that_tells_of_the_other_is_a_leak", () => {
    assert.equal(
      result(refused(), [answer(403, { message: "belongs to chloe@shop.example" })]),
      "through",
    );
    const echo = { answer: { sent: `GET /${OTHER}` } };
    assert.equal(result(refused(), [answer(404, { id: OTHER }, echo)]), "refused", "an echo");
    const asOther = { answer: { as: "other" } };
    assert.equal(
      result(refused(), [answer(403, { mail: "chloe@shop.example" }, asOther)]),
      "refused",
    );
  });

  test("p04_own_data_is_no_hole_and_foreign_data_is", () => {
    const page = (...ids) =>
      answer(200, { loyaltyTransactions: ids.map((accountId) => ({ accountId })) });
    assert.equal(result(ownOnly, [page(OWN, OWN)]), "refused");
    assert.equal(result(ownOnly, [page()]), "refused");
    assert.equal(result(ownOnly, [page(OWN, OTHER)]), "through");
    assert.equal(
      result(ownOnly, [page(OWN, "33333333-3333-4333-8333-333333333333")]),
      "through",
      "a third one",
    );
    assert.equal(result(ownOnly, [answer(400)]), "refused");
    assert.equal(result(ownOnly, [answer(500)]), "through");
  });

  test("p03_foreign_and_unknown_ids_alike", () => {
    const of = (id, status, body, headers = { "content-type": "application/problem+json" }) =>
      answer(status, body, { headers, answer: { sent: `GET /accounts/${id}` } });
    const unknown = crypto.randomUUID();
    const told = (id) => ({ detail: `no ${id}`, requestId: crypto.randomUUID() });
    assert.equal(
      result(alike, [of(OTHER, 404, told(OTHER)), of(unknown, 404, told(unknown))]),
      "refused",
    );
    assert.equal(result(alike, [of(OTHER, 403, {}), of(unknown, 404, {})]), "through");
    assert.equal(result(alike, [of(OTHER, 404, { a: 1 }), of(unknown, 404, { a: 2 })]), "through");
    assert.equal(
      result(alike, [of(OTHER, 404, {}), of(unknown, 404, {}, { "content-type": "text/html" })]),
      "through",
    );
    assert.equal(result(alike, [of(OTHER, 200, {}), of(unknown, 404, {})]), "through");
    assert.equal(result(alike, [of(OTHER, 404, {}), silence("timeout")]), "skipped");
  });
});

describe("payments", () => {
  const paid = (transactionId, balance = 5) =>
    answer(200, { transactionId, account: { id: OWN, points: { balance } } });
  const spent = answer(403, { code: "LIMIT_REACHED" });
  const table = [
    ["many", [paid("a"), answer(409), spent], "refused"],
    ["many", [paid("a"), paid("b")], "through"],
    ["many", [paid("a"), paid("a")], "through"],
    ["many", [spent, spent], "refused"],
    ["many", [answer(404), answer(404)], "skipped"],
    ["many", [paid("a"), silence("closed")], "skipped"],
    ["many", [paid("a"), answer(500)], "through"],
    ["same", [paid("a"), paid("a"), answer(409)], "refused"],
    ["same", [paid("a"), paid("b")], "through"],
    ["same", [paid("a", 5), paid("a", 10)], "through"],
    ["same", [paid(undefined, 5), paid(undefined, 10)], "through"],
    ["same", [answer(429), answer(429)], "skipped"],
  ];
  for (const [keys, answers, verdict] of table) {
    const said = answers.map(({ reply }) => reply?.status ?? "none").join(" ");
    test(`p27_p30_${keys} keys, ${said}: ${verdict}`, () =>
      assert.equal(result(paidOnce(keys), answers), verdict));
  }

  test("p30_a_form_that_a_cap_refused_first_proves_nothing", () => {
    assert.equal(result(refusedForm(), [spent]), "skipped");
    assert.equal(result(refusedForm(), [paid("a"), spent]), "through");
    assert.equal(result(refusedForm(), [answer(400)]), "refused");
  });

  test("p30_what_follows_a_claim", () => {
    assert.equal(result(refusedAfterClaim, [paid("a"), answer(422)]), "refused");
    assert.equal(result(refusedAfterClaim, [paid("a"), answer(409)]), "refused");
    assert.equal(result(refusedAfterClaim, [paid("a"), paid("a")]), "through");
    assert.equal(result(refusedAfterClaim, [answer(403), answer(422)]), "skipped");
    assert.equal(result(refusedAfterClaim, [spent, answer(422)]), "skipped");
  });
});

describe("pages of other sites", () => {
  const from = (origin, status, allowed) =>
    answer(
      status,
      {},
      {
        headers: allowed === undefined ? {} : { "access-control-allow-origin": allowed },
        answer: { sent: `GET /x HTTP/1.1\r\norigin: ${origin}\r\n\r\n` },
      },
    );
  const table = [
    [403, undefined, true, "refused"],
    [200, undefined, true, "through"],
    [200, undefined, false, "refused"],
    [403, "https://evil.example", true, "through"],
    [204, "https://evil.example", false, "through"],
    [403, "*", false, "through"],
    [403, "https://shop.example", true, "refused"],
  ];
  for (const [status, allowed, refuse, verdict] of table) {
    test(`p15_${status} that allows ${allowed}, refuse ${refuse}: ${verdict}`, () => {
      assert.equal(
        result(unreadable({ refuse }), [from("https://evil.example", status, allowed)]),
        verdict,
      );
    });
  }
  test("p38_without_an_answer_nothing_is_proved", () => {
    assert.equal(result(unreadable({ refuse: false }), [silence("timeout")]), "skipped");
  });
});

test("what has to hold of all answers, and of none if there were none", () => {
  const judge = always(({ reply }) => (reply.status === 201 ? "is 201" : undefined), "none is");
  assert.equal(result(judge, [answer(200), silence("closed")]), "refused");
  assert.equal(result(judge, [answer(200), answer(201)]), "through");
  assert.equal(result(judge, [silence("closed")]), "skipped");
});
