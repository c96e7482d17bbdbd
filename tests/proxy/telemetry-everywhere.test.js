// Telemetry on every runtime: the same spans, the same figures, the same headers upwards.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { RUNTIMES, everywhere } from "./everywhere.js";
import { A, accountOf } from "./support.js";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const programs = everywhere(new URL("telemetry-runs.js", import.meta.url), {
  memberId: A.memberId,
  account: accountOf(A),
  traceparent,
  policy: {
    grants: { member: ["getCurrentMemberAccount", "earn:tap"] },
    actions: { tap: { amount: 1, description: "Tapped", limit: { perMemberPerDay: 5 } } },
  },
});
after(programs.remove);
const seen = new Map();

for (const runtime of RUNTIMES) {
  test(`${runtime} tells its spans, its figures and its trace`, async () => {
    const result = await programs[runtime]();
    seen.set(runtime, result);
    const { statuses, spans, counted, sent } = result;
    assert.deepEqual(statuses, [200, 200, 403]);
    assert.ok(spans.every(({ ended }) => ended));
    const tops = spans.filter(({ kind }) => kind === "SERVER");
    assert.deepEqual(
      tops.map(({ name, under, attributes }) => [name, under, attributes["loyalty.action"]]),
      [
        ["getCurrentMemberAccount", "page", undefined],
        ["earn", "page", "tap"],
        ["earn", "page", undefined],
      ],
    );
    assert.equal(counted["http.server.request.duration"], 3);
    assert.equal(counted["loyalty.points.paid"], 1);
    const calls = spans.filter(({ attributes }) => attributes["url.template"]);
    const [version, trace, , flags] = traceparent.split("-");
    assert.deepEqual(
      sent,
      calls.map(({ id }) => [version, trace, id, flags].join("-")),
    );
    assert.equal(sent.length, 2);
  });
}

test("it is the same on all of them", () => {
  const [first, ...others] = RUNTIMES.map((runtime) => seen.get(runtime));
  assert.equal(seen.size, RUNTIMES.length);
  for (const other of others) assert.deepEqual(other, first);
});
