// Times the sandbox in WebAssembly, in this runtime, for one number of accounts: `node wasm.js ACCOUNTS`.
// Prints a line of JSON once it is there, and one for each line that it reads: the microseconds of one
// round of calls. The same calls as crates/sandbox/examples/bench.rs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import init, { Sandbox } from "../../pkg/wasm/sandbox/sandbox.js";

const ACCOUNTS = "/loyalty-accounts/v1/accounts";
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
const SAMPLES = 500;

const accounts = Number(process.argv[2]);
const plan = JSON.parse(readFileSync(new URL("shapes.json", import.meta.url), "utf8"));
const bytes = readFileSync(new URL("../../pkg/wasm/sandbox/sandbox_bg.wasm", import.meta.url));
const { memory } = await init({ module_or_path: bytes });

const empty = memory.buffer.byteLength;
const begun = performance.now();
const sandbox = new Sandbox(JSON.stringify({ seed: plan.seed, accounts, now: plan.now }), 0);
const seedingSeconds = (performance.now() - begun) / 1000;
const bytesPerAccount = (memory.buffer.byteLength - empty) / accounts;
const { apiKey, siteId, tiers } = JSON.parse(sandbox.ready());
const headers = [
  ["host", "127.0.0.1"],
  ["x-sandbox-control", "1"],
  ["authorization", apiKey],
  ["wix-site-id", siteId],
  ["content-type", "application/json"],
];
let number = 0;

/** The microseconds of a call, from an object to an object as a server has them, and its answer. */
function call(method, target, body) {
  const request = { method, target, headers, body: body === undefined ? "" : JSON.stringify(body) };
  const start = performance.now();
  const reply = JSON.parse(sandbox.handle(JSON.stringify(request), 0));
  const took = (performance.now() - start) * 1000;
  assert.equal(reply.status, 200, `${method} ${target}: ${reply.body}`);
  return [took, JSON.parse(reply.body)];
}

function earn(account) {
  number += 1;
  const key = `bench-${number}`;
  const body = {
    accountId: account,
    amount: 5,
    appId: APP,
    activityType: "order",
    orderId: key,
    idempotencyKey: key,
  };
  return call("POST", `${ACCOUNTS}/${account}/earn-points`, body)[0];
}

function adjust(account) {
  const body = { accountId: account, amount: 1, description: "bench" };
  return call("POST", `${ACCOUNTS}/${account}/adjust-points`, body)[0];
}

const countTransactions = () => call("GET", "/_sandbox/count")[1].transactions;

/** An id that begins so. */
const idAt = (start) => `${start.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;

/**
 * The fixtures have fewer transactions than the plan: jobs add one to as many accounts as are missing, picked
 * by their contacts' ids, which lie evenly.
 */
function fill(wanted) {
  for (let missing; (missing = wanted - countTransactions()) > 0;) {
    // A few more, so that some are found whatever is missing.
    const part = Math.min((missing + 20) / accounts, 1);
    const filter = { "contact.id": { $lte: idAt(Math.floor(0xffffffff * part)) } };
    const job = call("POST", `${ACCOUNTS}/bulk-adjust`, { search: { filter }, amount: 1 })[1];
    const path = `/async-jobs/v1/async-jobs/${job.asyncJobId}`;
    while (call("GET", path)[1].job.status !== "FINISHED");
  }
}

fill(accounts * plan.transactionsPerAccount);
const found = Array.from({ length: SAMPLES }, (_, n) => {
  const query = {
    filter: { id: { $gte: idAt(n * Math.floor(0xffffffff / SAMPLES)) } },
    sort: [{ fieldName: "id" }],
    cursorPaging: { limit: 1 },
  };
  return call("POST", `${ACCOUNTS}/query`, { query })[1].loyaltyAccounts[0];
}).filter(Boolean);
const { email } = found[Math.floor(found.length / 2)].contact;

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const transactions = countTransactions();
tell({ platform: "wasm", accounts, transactions, seedingSeconds, bytesPerAccount });

for await (const line of createInterface({ input: process.stdin })) {
  const { callsARound: calls, pagesARound: pages } = plan;
  const id = (n) => found[((Number(line) * calls + n) * 7) % found.length].id;
  const times = (count, one) => Array.from({ length: count }, (_, n) => one(n));
  const round = {
    get: times(calls, (n) => call("GET", `${ACCOUNTS}/${id(n)}`)[0]),
    earn: times(calls, (n) => earn(id(n))),
    adjust: times(calls, (n) => adjust(id(n))),
  };
  for (const { name, path, body } of plan.shapes) {
    const text = JSON.stringify(body).replaceAll("{email}", email).replaceAll("{tier}", tiers[2]);
    const page = (n) => call("POST", path, JSON.parse(text.replaceAll("{account}", id(n))))[0];
    round[name] = times(pages, page);
  }
  tell(round);
}
