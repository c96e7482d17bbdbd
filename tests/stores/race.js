// A race for points: many claims at once, over several proxies that share a store, against one sandbox that counts.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { serve } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";

export const MEMBERS = 20;
export const CLAIMS = 50;
/** What `pair` may pay a member in a day: its upstream key is the caller's own, so that only the store keeps it so. */
export const PAIR = 2;

/** Descriptions of their own, so that the sandbox's seed counts for nothing. */
export const POLICY = {
  grants: { member: ["getCurrentMemberAccount", "earn:once", "earn:pair"] },
  actions: {
    once: { amount: 5, description: "Race: once a day", limit: { perMemberPerDay: 1 } },
    pair: { amount: 1, description: "Race: twice a day", limit: { perMemberPerDay: PAIR } },
  },
  limits: { callerPerMinute: 1_000_000, upstreamPerMinute: 1_000_000 },
};

/**
 * A sandbox on a port.
 *
 * @param {{ onEarn?: (count: number) => void }} [options] Told of each request that would pay, before it does.
 */
export async function startUpstream({ onEarn = () => {} } = {}) {
  const sandbox = await createSandbox({ seed: 5, accounts: 60 });
  const { accounts } = await sandbox.control("GET", "export");
  const members = accounts.filter(({ memberId }) => memberId !== undefined).slice(0, MEMBERS);
  if (members.length !== MEMBERS) throw new Error(`the sandbox has ${members.length} members`);
  const asked = [];
  const server = await serve({
    async fetch(request) {
      if (new URL(request.url).pathname.endsWith("/earn-points")) {
        const body = await request.clone().json();
        asked.push(body.description);
        onEarn(asked.length);
      }
      return sandbox.fetch(request);
    },
  });
  return {
    url: server.url,
    members: members.map(({ memberId }) => memberId),
    credential: { key: sandbox.apiKey, siteId: sandbox.siteId },
    /** How often it was asked to pay for an action, whether it did or knew the key already. */
    asked: (action) => asked.filter((said) => said === POLICY.actions[action].description).length,
    /** What was paid for an action: how often each member was. */
    async paid(action) {
      const { transactions, accounts: now } = await sandbox.control("GET", "export");
      const { description } = POLICY.actions[action];
      const owners = transactions
        .filter((transaction) => transaction.description === description)
        .map(({ accountId }) => now.find(({ id }) => id === accountId).memberId);
      return members.map(({ memberId }) => owners.filter((owner) => owner === memberId).length);
    },
    async stop() {
      await server.close();
      sandbox.close();
    },
  };
}

/** Every member's claims of an action, each under a key of its own. */
export function claimsOf(members, action, times = CLAIMS) {
  return Array.from({ length: times }, (_, at) =>
    members.map((member) => ({ member, action, key: `${action}-${member}-${at}` })),
  ).flat();
}

/** The same claim again and again, under one key for each member: a page whose user is impatient, on all proxies. */
export function repeatsOf(members, action, times) {
  return claimsOf(members, action, times).map((claim) => ({
    ...claim,
    key: `same-${claim.member}`,
  }));
}

/**
 * Starts proxies in processes of their own, which share what `store` says; tests/stores/racer.js knows which there are.
 *
 * @param {{ count: number, store: object, upstream: { url: string, credential: object } }} options
 */
export async function startRacers({ count, store, upstream }) {
  const config = JSON.stringify({ store, upstream: upstream.url, credential: upstream.credential });
  const children = Array.from({ length: count }, () =>
    fork(join(import.meta.dirname, "racer.js"), [config], { stdio: ["ignore", 2, 2, "ipc"] }),
  );
  // That a page was put off comes in between, whenever it happens.
  const putOff = Promise.race(
    children.map(
      (child) =>
        new Promise((resolve) =>
          child.on("message", ({ is }) => is === "putOff" && resolve(undefined)),
        ),
    ),
  );
  const next = (child) =>
    new Promise((resolve) => {
      const hear = (said) => {
        if (said.is === "putOff") return;
        child.off("message", hear);
        resolve(said);
      };
      child.on("message", hear);
    });
  const answer = async (child, message) => {
    const said = await Promise.race([
      next(child),
      once(child, "exit").then(([code]) => {
        throw new Error(`a proxy's process ended with ${code}`);
      }),
    ]);
    if (said.is !== message) throw new Error(`${JSON.stringify(said)} instead of ${message}`);
    return said;
  };
  await Promise.all(children.map((child) => answer(child, "started")));

  return {
    /** Kept when the first page was told to ask again. */
    putOff,
    /**
     * Lets all proxies work at once on their shares of the claims: a member's are spread over all of them. No claim is
     * made before every process has said that it is ready.
     *
     * @param {object[]} claims
     * @param {{ later?: number, patience?: number }} [options] By how much the proxies' clocks are ahead, and how long a
     *   page asks again, both in milliseconds. By default longer than a hold's lease, for a machine so busy that a
     *   holder's answer was too late.
     */
    async race(claims, { later = 0, patience = 120_000 } = {}) {
      const share = (place) => claims.filter((_, at) => Math.floor(at / MEMBERS) % count === place);
      const ready = children.map((child, place) => {
        const said = answer(child, "ready");
        child.send({ do: "prepare", claims: share(place), later, patience });
        return said;
      });
      await Promise.all(ready);
      const ended = children.map((child) => {
        const said = answer(child, "done");
        child.send({ do: "go" });
        return said;
      });
      return (await Promise.all(ended)).flatMap(({ results }) => results);
    },
    async stop() {
      const ended = children.map((child) => once(child, "exit"));
      for (const child of children) child.send({ do: "end" });
      await Promise.all(ended);
    },
  };
}

/** How often each outcome came: `{ "200": 20, "403 LIMIT_REACHED": 980 }`. */
export function outcomes(results) {
  const counts = {};
  for (const { status, code } of results) {
    const name = code === undefined ? `${status}` : `${status} ${code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
