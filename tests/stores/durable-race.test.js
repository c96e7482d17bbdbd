// The same race in workerd: four Workers, each an isolate of its own, on one namespace of Durable Objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  CLAIMS,
  MEMBERS,
  PAIR,
  POLICY,
  claimsOf,
  outcomes,
  repeatsOf,
  startUpstream,
} from "./race.js";
import { startWorker } from "./worker.js";

const WORKERS = 4;
const SHARE = 25;
const ORIGIN = "https://shop.example";

const WORKER = `
  import { apiKey, createProxy, custom, durableObject } from "loyalty-edge/proxy";
  import { LoyaltyStore } from "loyalty-edge/proxy/durable-object";
  export { LoyaltyStore };
  // Reads, waits and then writes: what Durable Objects keep from happening only where nothing is awaited between.
  export class RacyStore extends LoyaltyStore {
    #held = new Map();
    async carryOut(name, op) {
      if (name !== "reserve") return name === "hit" ? super.carryOut(name, op) : { kind: "ok" };
      for (const { counter, amount, max } of op.claims) {
        const held = this.#held.get(counter) ?? 0;
        await scheduler.wait(2);
        if (held + amount > max) return { kind: "limit", counter, expiresAt: null };
        this.#held.set(counter, held + amount);
      }
      return { kind: "reserved", token: "t", since: op.now };
    }
  }
  export class LostStore extends LoyaltyStore {
    async carryOut() {
      throw new Error("secret words");
    }
  }
  export class SilentStore extends LoyaltyStore {
    async carryOut() {
      await scheduler.wait(60_000);
    }
  }
  const proxy = createProxy((env) => ({
    credential: apiKey({ key: env.KEY, siteId: env.SITE }),
    identify: custom(({ token }) => ({ role: "member", memberId: token })),
    origins: ["${ORIGIN}"],
    upstream: env.UPSTREAM,
    policy: ${JSON.stringify(POLICY)},
    store: durableObject(env.STORE),
    log: () => {},
  }));
  const claim = async (env, { member, action, key }) => {
    const headers = {
      origin: "${ORIGIN}", authorization: member, "content-type": "application/json",
      "x-loyalty-client": "race/1", "idempotency-key": key,
    };
    const request =
      action === "read"
        ? new Request("${ORIGIN}/loyalty/loyalty-accounts/v1/accounts/my-account", { headers })
        : new Request("${ORIGIN}/loyalty/actions/" + action, { method: "POST", headers, body: "{}" });
    const response = await proxy.fetch(request, env);
    const text = await response.text();
    const retryAfter = response.headers.get("retry-after");
    return { member, action, key, status: response.status, code: JSON.parse(text).code, retryable: JSON.parse(text).retryable, text, retryAfter };
  };
  export default {
    async fetch(request, env) {
      const claims = await request.json();
      return Response.json(await Promise.all(claims.map((each) => claim(env, each))));
    },
  };
`;

/** Four Workers and the namespace that they share. */
async function started(t, className) {
  const upstream = await startUpstream();
  t.after(() => upstream.stop());
  const { key, siteId } = upstream.credential;
  const running = await startWorker(WORKER, (code) => ({
    workers: Array.from({ length: WORKERS }, (_, place) => ({
      ...code,
      name: `worker-${place}`,
      bindings: { KEY: key, SITE: siteId, UPSTREAM: upstream.url },
      durableObjects: {
        STORE: { className, useSQLite: true, ...(place > 0 && { scriptName: "worker-0" }) },
      },
    })),
  }));
  t.after(() => running.stop());
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, (_, place) => running.worker.getWorker(`worker-${place}`)),
  );
  /** As pages do: the same key again where the answer was that nobody knows yet. */
  async function race(claims) {
    const results = await once(claims);
    const open = ({ retryable }) => retryable === true;
    for (let round = 0; round < 100 && results.some(open); round += 1) {
      await delay(500);
      const places = [...results.keys()].filter((at) => open(results[at]));
      const again = await once(places.map((at) => results[at]));
      places.forEach((at, place) => (results[at] = again[place]));
    }
    return results;
  }

  /** All claims at once, a member's spread over all workers, in requests of a size that a worker may be asked for. */
  async function once(claims) {
    const requests = [];
    // Where each answer belongs, since they come worker by worker.
    const order = [];
    for (let place = 0; place < WORKERS; place += 1) {
      const mine = [...claims.keys()].filter((at) => Math.floor(at / MEMBERS) % WORKERS === place);
      const own = mine.map((at) => claims[at]);
      order.push(...mine);
      for (let at = 0; at < own.length; at += SHARE) {
        requests.push({ worker: workers[place], share: own.slice(at, at + SHARE) });
      }
    }
    const answers = requests.map(async ({ worker, share }) => {
      try {
        const body = JSON.stringify(share);
        return await (await worker.fetch("http://worker/", { method: "POST", body })).json();
      } catch {
        // An answer that was lost on the way, on a busy machine: its pages don't know, and ask again.
        return share.map((claim) => ({ ...claim, status: 0, retryable: true }));
      }
    });
    const results = [];
    (await Promise.all(answers)).flat().forEach((result, at) => (results[order[at]] = result));
    return results;
  }
  return { upstream, race, once };
}

test("p27_p30_four_workers_and_their_durable_objects_pay_once", async (t) => {
  const { upstream, race } = await started(t, "LoyaltyStore");
  const once = outcomes(await race(claimsOf(upstream.members, "once")));
  assert.equal(once["200"] + once["403 LIMIT_REACHED"], MEMBERS * CLAIMS, JSON.stringify(once));
  assert.ok(once["200"] >= MEMBERS);
  assert.deepEqual(await upstream.paid("once"), Array(MEMBERS).fill(1));
  assert.ok(upstream.asked("once") < 2 * MEMBERS, "the store decides, not the upstream key");
  const same = await race(repeatsOf(upstream.members, "pair", 8));
  assert.deepEqual(outcomes(same), { 200: MEMBERS * 8 }, "all are told the same");
  assert.deepEqual(await upstream.paid("pair"), Array(MEMBERS).fill(1));
  assert.ok(upstream.asked("pair") < 2 * MEMBERS, "the record decides, not the upstream key");
  await race(claimsOf(upstream.members, "pair", 6));
  assert.deepEqual(await upstream.paid("pair"), Array(MEMBERS).fill(PAIR));
});

test("p27_an_object_that_waits_between_reading_and_writing_pays_more", async (t) => {
  const { upstream, race } = await started(t, "RacyStore");
  await race(claimsOf(upstream.members, "pair", 8));
  const paid = await upstream.paid("pair");
  assert.ok(
    paid.some((count) => count > PAIR),
    `${paid}`,
  );
});

for (const className of ["LostStore", "SilentStore"]) {
  test(`p24_p27_without_its_objects_a_worker_reads_and_pays_nothing (${className})`, async (t) => {
    const { upstream, once } = await started(t, className);
    const [member] = upstream.members;
    const start = performance.now();
    const results = await once([
      { member, action: "once", key: "k1" },
      { member, action: "pair", key: "k2" },
      { member, action: "read", key: "k3" },
    ]);
    assert.ok(performance.now() - start < 15_000, "and soon");
    const told = Object.fromEntries(results.map((result) => [result.action, result]));
    for (const action of ["once", "pair"]) {
      assert.deepEqual([told[action].status, told[action].code], [503, "UNAVAILABLE"]);
      assert.match(told[action].retryAfter, /^[1-9]\d*$/);
      assert.doesNotMatch(told[action].text, /secret words/);
    }
    assert.equal(told.read.status, 200, told.read.text);
    assert.equal(upstream.asked("once") + upstream.asked("pair"), 0);
  });
}
