// What the Rust side of one request costs by itself, with its border and the memory that it asks on the way, and no I/O.
// What each effect comes to was made before. In processor time, so that others' turns don't count.
import { readFileSync } from "node:fs";
import { createCache } from "../../pkg/proxy/cache.js";
import { createHost } from "../../pkg/proxy/host.js";
import { memoryStore, operationsOf } from "../../pkg/proxy/stores/memory.js";
import { Engine, initSync } from "../../pkg/wasm/proxy/proxy.js";
import { at } from "../../scripts/lib/paths.js";
import { MEMBERS, accountOf, contactOf, memberId } from "./job.js";

const WARM = 5_000;
const NOW = Date.UTC(2026, 3, 1, 12);

/** What upstream answers for a member. */
function answersOf(member) {
  const account = {
    id: accountOf(member),
    memberId: member,
    contactId: contactOf(member),
    points: { balance: 1250, earned: 1500, adjusted: 0, redeemed: 250, expired: 0 },
    rewardAvailable: true,
    createdDate: "2026-01-05T09:30:00.000Z",
    revision: "42",
  };
  const transactionId = "80000000-0000-4000-8000-000000000000";
  return { get: JSON.stringify({ account }), pay: JSON.stringify({ account, transactionId }) };
}

/** As in the job: no member has so many claims of a day that counting them is what takes time. */
const people = Array.from({ length: MEMBERS }, (_, number) => {
  const member = memberId(number);
  return { member, answers: answersOf(member), caller: 0 };
});

/** The lines of a request, as `Request::read` takes them. */
function linesOf(kind, number) {
  const [method, path] =
    kind === "read"
      ? ["GET", "/loyalty/loyalty-accounts/v1/accounts/my-account"]
      : ["POST", "/loyalty/actions/tap"];
  const lines = [`=${method}`, `=${path}`, "=0b0e9a3e-0000-4000-8000-0000000000ff"];
  lines.push("=https://shop.example", "", "", "", "=bench/1.0");
  lines.push(kind === "read" ? "" : "=application/json", "");
  lines.push(kind === "read" ? "" : `=bench-${number}`, "", "", "=1 6 600", "");
  return lines.join("\n");
}

/** What an effect that takes time comes to in a world where all goes well. */
const COMES_TO = {
  identify: (_, { member }) => ({
    ...{ is: "identified", role: "member", memberId: member, contactId: contactOf(member) },
    ...{ expiresAt: NOW + 3_600_000, isResolved: false, hasUpstreamToken: false },
  }),
  readBody: () => ({ is: "body", text: "{}" }),
  upstream: ({ call }, { answers }) => ({
    is: "replied",
    text: call.method === "GET" ? answers.get : answers.pay,
  }),
};

/**
 * Microseconds of a read and of an earn from the first crossing to the answer, and of a read's verdict: from the request
 * of a caller who is known to the call that may go up, counted.
 */
export function decisions({ settings }, count) {
  initSync({ module: readFileSync(at("pkg", "wasm", "proxy", "proxy_bg.wasm")) });
  const cache = createCache(1_000);
  const memory = operationsOf(memoryStore());
  const host = createHost({ memory, here: memory, cache, now: () => NOW });
  const engine = new Engine(JSON.stringify(optionsOf(settings)), host);
  const all = (kind) => time({ engine, host, cache }, kind, count, Infinity);
  const read = all("read");
  return { verdict: time({ engine, host, cache }, "read", count, 1), read, write: all("write") };
}

const optionsOf = ({ policy, origin, upstream, base, siteId }) => ({
  ...{ policy, upstream, siteId, origins: [origin], basePath: base, hooks: [], keyKind: "other" },
  ...{ audit: "none", cache: { accountMs: 0, catalogMs: 0 }, botCheck: false },
  ...{ session: false, cookies: false },
});

/** So many times through the engine: up to the answer, or only through so many crossings. */
function time({ engine, host, cache }, kind, count, most) {
  let number = 0;
  let crossings = 0;
  const once = () => {
    number += 1;
    const person = people[number % MEMBERS];
    const held = cache.enter();
    host.current = { requestId: "id", held, isWatched: false, came: undefined };
    const lines = linesOf(kind, number);
    let next = engine.begin(number, lines, person.caller, NOW);
    for (crossings = 1; crossings < most; crossings += 1) {
      if (next.do === "answer") break;
      const effect = typeof next === "string" ? JSON.parse(next) : next;
      const event = COMES_TO[effect.do](effect, person);
      host.current.came = event.text;
      if (event.is === "replied") next = engine.replied(number, 200, "", event.text, NOW);
      else if (event.is === "body") next = engine.body(number, event.text, NOW);
      else next = engine.step(number, JSON.stringify(event), NOW);
      if (event.is === "identified") person.caller = engine.remember(number);
    }
    engine.end(number);
    held.end();
    if (most === Infinity && next.status !== 200) {
      throw new Error(`the engine answered ${next.status}: ${next.body}`);
    }
  };
  const batches = [];
  for (let left = WARM; left > 0; left -= 1) once();
  for (let batch = 0; batch < 9; batch += 1) {
    const began = process.cpuUsage();
    for (let left = count; left > 0; left -= 1) once();
    const { user, system } = process.cpuUsage(began);
    batches.push((user + system) / count);
  }
  return { us: batches.toSorted((a, b) => a - b)[4], crossings };
}
