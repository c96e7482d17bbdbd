// Times the sandbox in WebAssembly, in this runtime, for one number of accounts: `node wasm.js ACCOUNTS`.
// Prints one line of JSON. The same calls as crates/sandbox/examples/bench.rs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import init, { Sandbox } from "../../pkg/wasm/sandbox/sandbox.js";

const ACCOUNTS = "/loyalty-accounts/v1/accounts";
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
const SAMPLES = 500;
const CALLS = 2000;
const PAGES = 40;

const accounts = Number(process.argv[2]);
const plan = JSON.parse(readFileSync(new URL("shapes.json", import.meta.url), "utf8"));
const bytes = readFileSync(new URL("../../pkg/wasm/sandbox/sandbox_bg.wasm", import.meta.url));
const { memory } = await init({ module_or_path: bytes });

const empty = memory.buffer.byteLength;
const begun = performance.now();
const sandbox = new Sandbox(JSON.stringify({ seed: plan.seed, accounts, now: plan.now }), 0);
const seedingSeconds = (performance.now() - begun) / 1000;
const bytesPerAccount = (memory.buffer.byteLength - empty) / accounts;
const { apiKey, siteId } = JSON.parse(sandbox.ready());
const headers = [
  ["host", "127.0.0.1"],
  ["authorization", apiKey],
  ["wix-site-id", siteId],
  ["content-type", "application/json"],
];

/** The microseconds of a call, from an object to an object as a server has them, and its answer. */
function call(method, target, body) {
  const request = { method, target, headers, body: body === undefined ? "" : JSON.stringify(body) };
  const start = performance.now();
  const reply = JSON.parse(sandbox.handle(JSON.stringify(request), 0));
  const took = (performance.now() - start) * 1000;
  assert.equal(reply.status, 200, `${method} ${target}: ${reply.body}`);
  return [took, JSON.parse(reply.body)];
}

function earn(account, number) {
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

function countTransactions() {
  const control = [
    ["host", "127.0.0.1"],
    ["x-sandbox-control", "1"],
  ];
  const request = { method: "GET", target: "/_sandbox/count", headers: control, body: "" };
  const reply = JSON.parse(sandbox.handle(JSON.stringify(request), 0));
  return JSON.parse(reply.body).transactions;
}

function summary(times) {
  times.sort((a, b) => a - b);
  const at = (part) => times[Math.floor((times.length - 1) * part)];
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return { median: at(0.5), mean, p95: at(0.95), max: at(1), calls: times.length };
}

const times = (count, one) => summary(Array.from({ length: count }, (_, n) => one(n)));

const found = Array.from({ length: SAMPLES }, (_, n) => {
  const start = (n * Math.floor(0xffffffff / SAMPLES)).toString(16).padStart(8, "0");
  const query = {
    filter: { id: { $gte: `${start}-0000-4000-8000-000000000000` } },
    sort: [{ fieldName: "id" }],
    cursorPaging: { limit: 1 },
  };
  return call("POST", `${ACCOUNTS}/query`, { query })[1].loyaltyAccounts[0];
}).filter(Boolean);
const id = (n) => found[(n * 7) % found.length].id;
const { email } = found[Math.floor(found.length / 2)].contact;

const missing = accounts * plan.transactionsPerAccount - countTransactions();
let number = 0;
for (; number < missing; number += 1) earn(id(number), number);
const transactions = countTransactions();

for (let n = 0; n < CALLS; n += 1) call("GET", `${ACCOUNTS}/${id(n)}`);
const microseconds = {
  get: times(CALLS, (n) => call("GET", `${ACCOUNTS}/${id(n)}`)[0]),
  earn: times(CALLS, (n) => earn(id(n), number + n)),
  adjust: times(CALLS, (n) => adjust(id(n))),
};
for (const { name, path, body } of plan.shapes) {
  const text = JSON.stringify(body).replaceAll("{email}", email);
  const page = (n) => call("POST", path, JSON.parse(text.replaceAll("{account}", id(n))))[0];
  for (let n = 0; n < 2; n += 1) page(n);
  microseconds[name] = times(PAGES, page);
}

const line = {
  platform: "wasm",
  accounts,
  transactions,
  seedingSeconds,
  bytesPerAccount,
  microseconds,
};
process.stdout.write(`${JSON.stringify(line)}\n`);
