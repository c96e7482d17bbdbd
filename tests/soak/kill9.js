// Kills a sandbox with a database file, again and again, in the middle of concurrent writes and of
// starts, and looks for what was lost. What was acknowledged must be there, what wasn't may be there,
// and nothing may be there by half.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { at } from "../../scripts/lib/paths.js";
import { audit } from "./audit.js";

const WORKERS = 8;
const KILLS_A_FILE = 25;
/** Every so manieth kill comes while the sandbox starts. */
const KILL_A_START = 5;
const ACCOUNTS = "/loyalty-accounts/v1/accounts";
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

/**
 * @param {{ kills: number, seed?: number, say?: (line: string) => void }} options
 */
export async function killNine({ kills, seed = Date.now() % 1e6, say = () => {} }) {
  const chance = random(seed);
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-kill9-"));
  const tally = {
    kills: 0,
    inStarts: 0,
    acknowledged: 0,
    unknown: 0,
    applied: 0,
    lost: [],
    broken: [],
  };
  let file;
  let records;
  let first;
  try {
    while (tally.kills < kills) {
      if (tally.kills % KILLS_A_FILE === 0) {
        await settle(file, records, first, tally);
        file = join(folder, `${tally.kills}.db`);
        [records, first] = [newRecords(), undefined];
      }
      if (tally.kills % KILL_A_START === 0) {
        const child = start(file);
        await sleep(chance() * 900);
        await kill(child);
        tally.inStarts += 1;
      } else {
        const server = await ready(start(file));
        first = await check(server, records, first, tally);
        const load = Array.from({ length: WORKERS }, () => work(server, records, chance));
        await answers(records, records.answered + 3 + chance() * 40);
        await sleep(chance() * 40);
        await kill(server.child);
        await Promise.all(load);
      }
      tally.kills += 1;
      if (tally.kills % 10 === 0) say(`${tally.kills} kills: ${summary(tally)}`);
    }
    await settle(file, records, first, tally);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...tally, seed };
}

export const summary = ({ acknowledged, unknown, applied, lost, broken }) =>
  `${acknowledged} acknowledged writes, ${lost.length} lost; ${unknown} without an answer, ` +
  `${applied} of them applied; ${broken.length} broken rules`;

const newRecords = () => ({
  acknowledged: [],
  unknown: [],
  accounts: [],
  coupons: [],
  redeeming: 0,
  answered: 0,
  number: 0,
});

/** Waits until so many writes were answered: a busy machine is slower, and no less is proved there. */
async function answers(records, wanted) {
  const end = Date.now() + 30_000;
  while (records.answered < wanted && Date.now() < end) await sleep(2);
}

/** The last look at a file. */
async function settle(file, records, first, tally) {
  if (file === undefined) return;
  const server = await ready(start(file));
  await check(server, records, first, tally);
  await kill(server.child);
  tally.acknowledged += records.answered + records.accounts.length;
}

/** Looks at the whole ledger after a start. */
async function check(server, records, first, tally) {
  const headers = { "x-sandbox-control": "1" };
  const response = await fetch(`${server.url}/_sandbox/export`, { headers });
  if (response.status !== 200) throw new Error(`export answered ${response.status}`);
  const state = await response.json();
  const found = audit(state, records, first ?? state);
  tally.lost.push(...found.lost);
  tally.broken.push(...found.broken);
  // What was found applied has happened and must stay; what was not found must not turn up later.
  tally.unknown += records.unknown.length;
  tally.applied += found.applied.length;
  records.acknowledged.push(...found.applied);
  records.unknown = [];
  tally.unknown += records.redeeming;
  tally.applied += found.redeemed.length;
  records.coupons.push(...found.redeemed);
  records.redeeming = 0;
  return first ?? state;
}

export function start(file) {
  const args = [at("pkg", "cli", "main.js"), "sandbox", "--json", "--port", "0", "--db", file];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
}

export async function ready(child) {
  let complaint = "";
  child.stderr.on("data", (piece) => (complaint += piece));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(([code]) => {
      throw new Error(`the sandbox did not start (${code}): ${complaint}`);
    }),
  ]);
  return { child, ...JSON.parse(line[0]) };
}

export async function kill(child) {
  const gone =
    child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
  child.kill("SIGKILL");
  await gone;
}

/** Writes until the sandbox is gone. */
async function work(server, records, chance) {
  for (;;) {
    records.number += 1;
    const write = draw(server, records, chance);
    try {
      await write(server);
    } catch (error) {
      if (error instanceof Unexpected) throw error;
      return; // the connection is gone, and with it the sandbox
    }
  }
}

class Unexpected extends Error {}

function draw(server, records, chance) {
  const mark = `write-${records.number}`;
  const made = records.accounts;
  const accounts = [...server.members.map(({ accountId }) => accountId), ...made.slice(-20)];
  const account = accounts[Math.floor(chance() * accounts.length)];
  const kind = chance();
  if (kind < 0.05) return (at) => open(at, records, mark);
  if (kind < 0.2) return (at) => redeem(at, records, account);
  const amount = 1 + Math.floor(chance() * 50);
  const [path, body] =
    kind < 0.7
      ? ["earn-points", { amount, appId: APP, idempotencyKey: mark, description: mark }]
      : ["adjust-points", { amount, description: mark }];
  return async (at) => {
    const record = { account, amount, mark };
    records.unknown.push(record);
    const answer = await post(at, `${ACCOUNTS}/${account}/${path}`, body);
    records.unknown.splice(records.unknown.indexOf(record), 1);
    records.answered += 1;
    const revision = Number(answer.account.revision);
    records.acknowledged.push({ ...record, id: answer.transactionId, revision });
  };
}

async function open(server, records, mark) {
  const { contact } = await post(server, "/_sandbox/contacts", { name: mark });
  const { account } = await post(server, ACCOUNTS, { contactId: contact.contactId });
  records.accounts.push(account.id);
}

async function redeem(server, records, account) {
  records.redeeming += 1;
  const body = { rewardId: server.rewards[0], loyaltyAccountId: account };
  const answer = await post(server, "/loyalty-coupons/v1/coupons", body, [428]);
  records.redeeming -= 1;
  if (answer.coupon === undefined) return; // too few points
  records.answered += 1;
  records.coupons.push(answer.coupon.id);
}

async function post(server, path, body, alsoFine = []) {
  const headers = {
    authorization: server.apiKey,
    "wix-site-id": server.siteId,
    "x-sandbox-control": "1",
    "content-type": "application/json",
  };
  const response = await fetch(server.url + path, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.status !== 200 && !alsoFine.includes(response.status)) {
    throw new Unexpected(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  }
  return answer;
}

/** Mulberry32: the draws of a seed. Where a kill meets the sandbox is up to the machine all the same. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
