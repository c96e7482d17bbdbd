// What the Rust side of one request costs by itself: text in and text out at every crossing, and no I/O. What each
// effect comes to was made before. In processor time, so that others' turns don't count.
import { readFileSync } from "node:fs";
import { Engine, initSync } from "../../pkg/wasm/proxy/proxy.js";
import { at } from "../../scripts/lib/paths.js";
import { accountOf, contactOf, memberId } from "./job.js";

const WARM = 5_000;
const NOW = Date.UTC(2026, 3, 1, 12);
const member = memberId(1);

const account = {
  id: accountOf(member),
  memberId: member,
  contactId: contactOf(member),
  points: { balance: 1250, earned: 1500, adjusted: 0, redeemed: 250, expired: 0 },
  rewardAvailable: true,
  createdDate: "2026-01-05T09:30:00.000Z",
  revision: "42",
};
const answers = {
  read: { account },
  pay: { account, transactionId: "80000000-0000-4000-8000-000000000000" },
};

const request = (kind) => ({
  method: kind === "read" ? "GET" : "POST",
  target:
    kind === "read" ? "/loyalty/loyalty-accounts/v1/accounts/my-account" : "/loyalty/actions/tap",
  requestId: "0b0e9a3e-0000-4000-8000-0000000000ff",
  origin: "https://shop.example",
  client: "bench/1.0",
  contentType: kind === "read" ? null : "application/json",
  idempotencyKey: kind === "read" ? null : "bench-1",
  hasAuthorization: true,
  headerCount: 6,
  headerBytes: 600,
});

/** What an effect comes to in a world where all goes well. */
function happens({ do: what, op, call }) {
  const replied = (body) => ({
    is: "replied",
    status: 200,
    headers: [],
    text: JSON.stringify(body),
  });
  const stored = (reply) => ({ is: "stored", reply });
  const expiresAt = NOW + 3_600_000;
  const done = {
    identify: () => ({
      ...{ is: "identified", role: "member", memberId: member, contactId: contactOf(member) },
      ...{ expiresAt, isResolved: false, hasUpstreamToken: false },
    }),
    readBody: () => ({ is: "body", text: "{}" }),
    recall: () => ({ is: "recalled", text: null }),
    share: () => ({ is: "noted" }),
    forget: () => ({ is: "noted" }),
    upstream: () => replied(call.method === "GET" ? answers.read : answers.pay),
    store: () => {
      if (op.op === "hit")
        return stored({ kind: "ok", left: op.windows.map(({ max }) => max - 1) });
      if (op.op === "reserve") return stored({ kind: "reserved", token: "t", since: NOW });
      return stored({ kind: "ok" });
    },
  };
  return done[what]();
}

/**
 * Microseconds of a read and of an earn from the first crossing to the answer, and of a read's verdict: from the request
 * to the effect behind knowing who calls.
 */
export function decisions({ settings }, count) {
  initSync({ module: readFileSync(at("pkg", "wasm", "proxy", "proxy_bg.wasm")) });
  const engine = new Engine(JSON.stringify(optionsOf(settings)));
  const all = (kind) => time(engine, request(kind), count, Infinity);
  return {
    verdict: time(engine, request("read"), count, 1),
    read: all("read"),
    write: all("write"),
  };
}

const optionsOf = ({ policy, origin, upstream, base, siteId }) => ({
  ...{ policy, upstream, siteId, origins: [origin], basePath: base, hooks: [], keyKind: "other" },
  ...{ audit: "none", cache: { accountMs: 0, catalogMs: 0 }, botCheck: false },
  ...{ session: false, cookies: false },
});

/** So many times through the engine: up to the answer, or only through so many events. */
function time(engine, asked, count, most) {
  const text = JSON.stringify(asked);
  const events = eventsOf(engine, text).slice(0, most);
  const once = () => {
    const call = engine.begin(text);
    call.start(NOW);
    for (const { headers, body, told } of events) {
      if (body === undefined) call.step(told, NOW);
      else call.replied(200, headers, body, NOW);
    }
    call.attached();
    call.free();
  };
  const batches = [];
  for (let left = WARM; left > 0; left -= 1) once();
  for (let batch = 0; batch < 9; batch += 1) {
    const began = process.cpuUsage();
    for (let left = count; left > 0; left -= 1) once();
    const { user, system } = process.cpuUsage(began);
    batches.push((user + system) / count);
  }
  return { us: batches.toSorted((a, b) => a - b)[4], crossings: events.length + 3 };
}

/** What the shell would tell the engine, one event after the other. */
function eventsOf(engine, text) {
  const events = [];
  const call = engine.begin(text);
  let effect = JSON.parse(call.start(NOW));
  while (effect.do !== "answer") {
    const event = happens(effect);
    const told = JSON.stringify(event);
    const isReply = event.is === "replied";
    const body = isReply ? event.text : undefined;
    const headers = JSON.stringify(event.headers ?? []);
    events.push({ told, headers, body });
    effect = JSON.parse(isReply ? call.replied(200, headers, body, NOW) : call.step(told, NOW));
  }
  const { status } = effect.answer;
  if (status !== 200) throw new Error(`the engine answered ${status}: ${call.attached()}`);
  call.free();
  return events;
}
