// Where a request came from: what the runtime knows, never what a browser writes.
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { memoryStore } from "loyalty-edge/proxy";
import { serve } from "loyalty-edge/proxy/node";
import { ofBun, ofCloudflare, ofDeno } from "../../pkg/proxy/address.js";
import { MY_ACCOUNT, ORIGIN, PROGRAM, makeProxy } from "./support.js";

const policy = {
  grants: { visitor: ["getLoyaltyProgram"], member: ["getCurrentMemberAccount"] },
  limits: { addressPerMinute: 2 },
};

/** A store that notes all it is told. */
function noting() {
  const told = [];
  const inner = memoryStore();
  const store = Object.fromEntries(
    ["reserve", "settle", "release", "hit", "get", "put", "remove"].map((name) => [
      name,
      (op) => (told.push(JSON.stringify(op)), inner[name](op)),
    ]),
  );
  return { store, told };
}

const FORGED = {
  "x-forwarded-for": "198.51.100.1",
  "x-real-ip": "198.51.100.2",
  forwarded: "for=198.51.100.3",
  "true-client-ip": "198.51.100.4",
  "cf-connecting-ip": "198.51.100.5",
  "fly-client-ip": "198.51.100.6",
};

test("p24_on_node_the_sockets_address_counts_and_no_header_moves_it", async (t) => {
  const { proxy } = makeProxy({ policy });
  const server = await serve(proxy);
  t.after(() => server.close());
  const get = (headers) =>
    new Promise((resolve, reject) => {
      const url = `${server.url}/loyalty${PROGRAM[1]}`;
      const all = { origin: ORIGIN, "x-loyalty-client": "test/1", ...headers };
      const sent = httpRequest(url, { headers: all }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
      });
      sent.on("error", reject);
      sent.end();
    });
  const statuses = [];
  for (let count = 0; count < 4; count += 1) {
    const forged = Object.fromEntries(
      Object.entries(FORGED).map(([name, value]) => [name, `${value}${count}`]),
    );
    statuses.push(await get(forged));
  }
  assert.deepEqual(statuses, [200, 200, 429, 429]);
});

test("p24_an_address_is_hashed_in_the_store_and_in_no_log", async () => {
  const { store, told } = noting();
  const { call, logs } = makeProxy({ policy, store, clientAddress: () => "203.0.113.77" });
  for (let count = 0; count < 3; count += 1) await call(PROGRAM);
  assert.ok(told.length >= 3);
  assert.doesNotMatch(told.join() + logs.join(), /203\.0\.113/);
});

test("p08_a_forwarding_header_counts_only_where_the_developer_says_so", async () => {
  const clientAddress = (request) => request.headers.get("x-forwarded-for")?.split(",").at(-1);
  const { call } = makeProxy({ policy, clientAddress });
  const from = async (address) =>
    (await call(PROGRAM, undefined, { headers: { "x-forwarded-for": address } })).status;
  assert.deepEqual(
    [await from("1.1.1.1"), await from("1.1.1.1"), await from("1.1.1.1"), await from("2.2.2.2")],
    [200, 200, 429, 200],
  );
});

test("p24_an_address_that_is_not_known_is_told_once_and_stops_nobody", async () => {
  for (const clientAddress of [
    () => undefined,
    () => "",
    () => {
      throw new Error("secret detail");
    },
  ]) {
    const { call, logs } = makeProxy({ policy, clientAddress });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await call(MY_ACCOUNT, "a")).status);
    assert.deepEqual(statuses, [200, 200, 200, 200]);
    const lines = logs.filter((line) => line.includes("addressPerMinute counts nothing"));
    assert.equal(lines.length, 1);
    assert.doesNotMatch(logs.join(), /secret detail/);
  }
});

test("p24_each_runtime_is_asked_for_what_only_it_can_know", () => {
  const request = (cf) => {
    const made = new Request("https://shop.example/", { headers: FORGED });
    return cf === undefined ? made : Object.defineProperty(made, "cf", { value: cf });
  };
  assert.equal(ofCloudflare(request({ colo: "AMS" })), "198.51.100.5");
  assert.equal(ofCloudflare(request(undefined)), undefined, "a workerd that is not Cloudflare's");
  assert.equal(ofDeno(request(), { remoteAddr: { hostname: "203.0.113.1" } }), "203.0.113.1");
  assert.equal(ofDeno(request(), undefined), undefined);
  assert.equal(ofBun(request(), { requestIP: () => ({ address: "203.0.113.2" }) }), "203.0.113.2");
  assert.equal(ofBun(request(), { requestIP: () => null }), undefined);
  assert.equal(ofBun(request(), process.env), undefined);
});

test("p24_the_memory_store_warns_in_production", () => {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    const { logs } = makeProxy({ policy });
    assert.match(logs.join(), /memoryStore in production/);
    const { store } = noting();
    assert.doesNotMatch(makeProxy({ policy, store }).logs.join(), /memoryStore/);
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
});

test("p24_without_a_limit_in_the_policy_each_process_counts_public_addresses_without_its_store", async () => {
  const { store, told } = noting();
  let address = "203.0.113.7";
  const { call } = makeProxy({
    policy: { grants: policy.grants },
    store,
    clientAddress: () => address,
  });
  // A token that is made up: nothing else is counted of it.
  const ask = async () => (await call(MY_ACCOUNT, "made-up")).status;
  for (let count = 0; count < 300; count += 1) assert.equal(await ask(), 401);
  assert.equal(await ask(), 429);
  address = "10.0.0.1";
  for (let count = 0; count < 301; count += 1) assert.equal(await ask(), 401);
  assert.deepEqual(told, []);
});
