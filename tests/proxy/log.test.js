// The log: one JSON object a line, with nobody's data in it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonLine } from "../../pkg/proxy/log.js";
import { A, KEY, SITE, accountOf, earn, makeProxy, stub } from "./support.js";

const GET_ACCOUNT = ["GET", `/loyalty-accounts/v1/accounts/${A.accountId}`];

test("p34_each_request_is_one_line_of_json_that_names_nobody", async () => {
  const answer = (seen) => {
    const response = stub(seen);
    response.headers.set("x-wix-request-id", "1700000000.42");
    return response;
  };
  const { call, logs } = makeProxy({ answer });
  const answered = await call(GET_ACCOUNT, "a");
  await earn(call, "tap", "a", { body: { subject: "somebody@example.com" } });
  await call(["GET", "/loyalty-accounts/v1/accounts/fetch-by?memberId=someone-else"], "b");
  await call(["GET", "/nothing/somebody@example.com"], "a");
  await call(GET_ACCOUNT, "forged-token");
  await call(["PATCH", "/me"], "a");
  const lines = logs.map((line) => JSON.parse(line));
  const requests = lines.filter(({ event }) => event === "request");
  assert.equal(requests.length, 6);
  const [first, second] = requests;
  assert.deepEqual(
    { ...first, at: undefined, ms: undefined },
    {
      at: undefined,
      ms: undefined,
      level: "info",
      event: "request",
      requestId: answered.headers["x-request-id"],
      method: "GET",
      status: 200,
      operation: "getAccount",
      role: "member",
      upstreamCalls: 1,
      upstreamRequestIds: ["1700000000.42"],
    },
  );
  assert.ok(Date.parse(first.at) > 0 && Number.isInteger(first.ms));
  assert.deepEqual([second.operation, second.action], ["earn", "tap"]);
  assert.deepEqual(
    requests.slice(2).map(({ status, code }) => [status, code]),
    [
      [404, "NOT_FOUND"],
      [404, "NOT_FOUND"],
      [401, "UNAUTHENTICATED"],
      [405, "METHOD_NOT_ALLOWED"],
    ],
  );
  const text = logs.join("\n");
  for (const secret of [
    A.memberId,
    A.accountId,
    A.contactId,
    "somebody",
    "someone",
    "forged",
    KEY,
    SITE,
  ]) {
    assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
});

test("p34_request_ids_are_ours_and_go_up_with_every_call", async () => {
  const { call, upstream } = makeProxy();
  const headers = { "x-request-id": "evil\u00e9", "x-wix-request-id": "mine", traceparent: "x" };
  const answered = await call(GET_ACCOUNT, "a", { headers });
  const id = answered.headers["x-request-id"];
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.equal(answered.headers["x-wix-request-id"], id);
  assert.ok(upstream.length > 0 && upstream.every(({ headers }) => headers["x-request-id"] === id));
});

test("p35_a_line_is_a_line_whatever_it_holds", () => {
  const nasty = 'a\nb\r\u2028c\u2029d\u0085e\u001b[31m\u007f"}\n{"level":"info"';
  const line = jsonLine({ nasty });
  assert.match(line, /^[\x20-\x7e]+$/);
  assert.deepEqual(JSON.parse(line), { nasty });
});

test("p34_a_log_that_throws_takes_nothing_down", async () => {
  const log = () => {
    throw new Error("disk full");
  };
  const { call } = makeProxy({ log, answer: () => Response.json({ account: accountOf(A) }) });
  assert.equal((await call(GET_ACCOUNT, "a")).status, 200);
});
