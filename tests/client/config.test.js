// C9 and the configuration: what is refused at once, and whose token goes where.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { accounts, configure, createClient, points } from "loyalty-edge";
import { ID, account, json, rejection, stub } from "./stub.js";

const thrown = (run) => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("It did not throw.");
};

test("a wrong configuration throws at once and names the option", () => {
  for (const [config, option] of [
    [undefined, "config"],
    ["/loyalty", "config"],
    [{}, "proxy"],
    [{ proxy: "loyalty" }, "proxy"],
    [{ proxy: "ftp://x/y" }, "proxy"],
    [{ proxy: "/loyalty?x=1" }, "proxy"],
    [{ proxy: "/loyalty", token: 5 }, "token"],
    [{ proxy: "/loyalty", token: "two words" }, "token"],
    [{ proxy: "/loyalty", token: "line\r\nfeed" }, "token"],
    [{ proxy: "/loyalty", fetch: "fetch" }, "fetch"],
    [{ proxy: "/loyalty", timeoutMs: -1 }, "timeoutMs"],
    [{ proxy: "/loyalty", retryBudget: NaN }, "retryBudget"],
    [{ proxy: "/loyalty", name: "shop" }, "name"],
    [{ proxy: "/loyalty", apiKey: "x" }, "apiKey"],
  ]) {
    for (const make of [createClient, configure]) {
      const error = thrown(() => make(config));
      assert.equal(error.code, "INVALID_CONFIGURATION");
      assert.ok(error.message.startsWith(`${option}: `), error.message);
    }
  }
});

const ELEVATED = ["IST.abc", "SANDBOX.abc", "Bearer IST.abc", "bearer  SANDBOX.abc", "ist.abc"];

test("a token that looks like an elevated credential is refused and never sent", async () => {
  for (const token of ELEVATED) {
    const error = thrown(() => createClient({ proxy: "/loyalty", token }));
    assert.equal(error.code, "INVALID_CONFIGURATION");
    assert.match(error.message, /Give it to the proxy/);
    assert.ok(!error.message.includes("abc"), "the credential is in the message");
    const late = stub([json({ account })], { token: async () => token });
    const rejected = await rejection(late.accounts.getAccount(ID));
    assert.equal(rejected.code, "INVALID_CONFIGURATION");
    assert.equal(late.sent.length, 0);
  }
});

test("the token is asked for before each request, and its failure is never a visitor's call", async () => {
  let number = 0;
  const { accounts: own, sent } = stub([json({}, 503), json({ account })], {
    token: () => `token-${(number += 1)}`,
  });
  await own.getAccount(ID);
  assert.deepEqual(
    sent.map(({ headers }) => headers.Authorization),
    ["Bearer token-1", "Bearer token-2"],
  );
  const failing = stub([json({ account })], { token: () => Promise.reject(new Error("gone")) });
  const error = await rejection(failing.accounts.getAccount(ID));
  assert.equal(error.code, "UNAUTHENTICATED");
  assert.equal(error.cause.message, "gone");
  assert.equal(failing.sent.length, 0);
});

test("a client's functions have their names and say how many arguments they take", () => {
  const { accounts: own, points: ours, coupons } = createClient({ proxy: "/loyalty" });
  for (const [group, names] of [
    [own, ["getAccount", "earnPoints", "queryLoyaltyAccounts"]],
    [ours, ["earn", "redeem", "history"]],
    [coupons, ["getCurrentMemberCoupons"]],
  ]) {
    for (const name of names) assert.equal(group[name].name, name);
  }
  assert.deepEqual([own.getAccount.length, own.earnPoints.length], [2, 3]);
});

test("what goes out with a request", async () => {
  const { accounts: own, sent } = stub([json({ account })], {
    proxy: "https://shop.example/loyalty/",
    token: "Bearer abc",
    name: "shop/1.0",
  });
  await own.getAccount(ID);
  await own.countAccounts().catch(() => {});
  assert.equal(
    sent[0].url,
    `https://shop.example/loyalty/loyalty-accounts/v1/accounts/${ID}?id=${ID}`,
  );
  assert.deepEqual(sent[0].headers, {
    "X-Loyalty-Client": "shop/1.0",
    Authorization: "Bearer abc",
  });
  assert.equal(sent[0].redirect, "manual");
  assert.equal(sent[1].headers["Content-Type"], "application/json");
  const visitor = stub([json({ account })]);
  await visitor.accounts.getAccount(ID);
  assert.match(visitor.sent[0].headers["X-Loyalty-Client"], /^loyalty-edge\/\d/);
  assert.equal(visitor.sent[0].headers.Authorization, undefined);
});

test("c09 a default client with a token is refused on a server", () => {
  const error = thrown(() =>
    configure({ proxy: "https://shop.example/loyalty", token: () => "abc" }),
  );
  assert.equal(error.code, "INVALID_CONFIGURATION");
  assert.match(error.message, /createClient/);
});

test("c09 it is accepted in a page and in a browser's worker, and not in workerd", () => {
  const agent = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const config = { proxy: "/loyalty", token: () => "abc" };
  const pretend = (userAgent, names) => {
    Object.defineProperty(globalThis, "navigator", { value: { userAgent }, configurable: true });
    for (const name of names) globalThis[name] = () => {};
    try {
      configure(config);
      return true;
    } catch {
      return false;
    } finally {
      for (const name of names) delete globalThis[name];
      if (agent) Object.defineProperty(globalThis, "navigator", agent);
      else delete globalThis.navigator;
    }
  };
  assert.equal(pretend("Mozilla/5.0 (X11) Chrome/156", ["document"]), true);
  assert.equal(pretend("Mozilla/5.0 (X11) Chrome/156", ["WorkerGlobalScope"]), true);
  assert.equal(pretend("Cloudflare-Workers", ["WorkerGlobalScope"]), false);
  assert.equal(pretend("Node.js/22", []), false);
  assert.equal(pretend("Deno/2.9", ["WorkerGlobalScope"]), false);
});

test("the default client answers the package's own functions; without one they say so", async () => {
  const code = `import { accounts } from "loyalty-edge";
    accounts.getAccount("${ID}").catch((error) => console.log(error.code + " " + error.message));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    cwd: new URL(".", import.meta.url),
  });
  assert.match(stdout, /^INVALID_CONFIGURATION proxy: .*configure/);
  const sent = [];
  const fetch = async (url) => (sent.push(url), json({ account }));
  configure({ proxy: "/loyalty", fetch });
  assert.equal((await accounts.getAccount(ID))._id, ID);
  const { getAccount } = accounts;
  assert.equal((await getAccount(ID))._id, ID);
  await points.earn("daily-visit").catch(() => {});
  assert.equal(sent.length, 3);
});

test("c10 an import does nothing: no request, no timer, no wasm", () => {
  const code = `
    const touched = [];
    for (const name of ["fetch", "setTimeout", "setInterval"]) globalThis[name] = () => touched.push(name);
    for (const name of ["compile", "instantiate", "Module", "Instance"])
      WebAssembly[name] = () => touched.push(name);
    const { createClient } = await import("loyalty-edge");
    createClient({ proxy: "/loyalty" });
    console.log(JSON.stringify(touched));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    cwd: new URL(".", import.meta.url),
  });
  assert.equal(stdout, "[]\n", stderr);
});
