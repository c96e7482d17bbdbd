import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand, startCommand } from "./command.js";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LOOPBACK = /^http:\/\/127\.0\.0\.1:\d+$/;
const { version } = JSON.parse(
  readFileSync(new URL("../../pkg/package.json", import.meta.url), "utf8"),
);

/** @param {string} url @param {{ token?: string, headers?: Record<string, string> }} [options] */
const get = (url, { token, headers = {} } = {}) =>
  fetch(url, {
    headers: {
      "x-loyalty-client": "test/1",
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });

/** Asserts that nobody listens there any more. @param {string} url */
async function assertFree(url) {
  const { port } = new URL(url);
  const server = createServer().listen(Number(port), "127.0.0.1");
  await once(server, "listening");
  server.close();
  await once(server, "close");
}

describe("the command", () => {
  test("says what there is", async () => {
    const help = await runCommand(["--help"]);
    assert.equal(help.code, 0);
    for (const name of ["dev", "sandbox", "proxy"])
      assert.match(help.stdout, new RegExp(`  ${name} `));
    assert.deepEqual(await runCommand(["--version"]), {
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  test("without a command says what there is, and fails", async () => {
    const { code, stdout } = await runCommand([]);
    assert.equal(code, 2);
    assert.match(stdout, /Usage: npx loyalty-edge COMMAND/);
  });

  for (const name of ["dev", "sandbox", "proxy"]) {
    test(`${name} --help names its flags`, async () => {
      const { code, stdout } = await runCommand([name, "--help"]);
      assert.equal(code, 0);
      for (const flag of ["--port N", "--json", "--help"]) assert.ok(stdout.includes(flag), flag);
      assert.equal(stdout.includes("--accounts N"), name !== "proxy");
      assert.equal(stdout.includes("--config FILE"), name === "proxy");
    });
  }

  const wrong = [
    [["sandbx"], /Unknown command "sandbx"[^]*loyalty-edge sandbox/],
    [["constructor"], /Unknown command "constructor"[^]*dev, sandbox, proxy/],
    [["--jsn"], /Unknown flag "--jsn"/],
    [["dev", "--prot", "1"], /Unknown flag "--prot"[^]*--port/],
    [["dev", "--port", "99999"], /--port takes a whole number from 0 to 65535/],
    [["sandbox", "--accounts", "4"], /--accounts takes a whole number from 5/],
    [["sandbox", "extra"], /Unexpected argument "extra"/],
    [["sandbox", "--webhook", "shop.example"], /--webhook takes an http or https URL/],
    [["proxy"], /--config is missing/],
  ];
  for (const [args, message] of wrong) {
    test(`refuses ${args.join(" ")} with exit code 2 and a way on`, async () => {
      const { code, stdout, stderr } = await runCommand(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.equal(stdout, "");
      assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
    });
  }
});

describe("sandbox", () => {
  test("prints its ready line and answers", async () => {
    const sandbox = await startCommand(["sandbox", "--port", "0"]);
    try {
      const { ready } = sandbox;
      assert.deepEqual(Object.keys(ready), [
        "event",
        "url",
        "apiKey",
        "siteId",
        "members",
        "contacts",
        "rewards",
        "tiers",
        "appId",
        "appSecret",
        "instanceId",
        "appRefreshToken",
        "publicKey",
      ]);
      assert.ok(ready.rewards.length >= 4 && ready.tiers.length === 3);
      for (const id of [...ready.rewards, ...ready.tiers]) assert.match(id, GUID);
      assert.equal(ready.event, "ready");
      assert.match(ready.url, LOOPBACK);
      assert.match(ready.apiKey, /^SANDBOX\./);
      assert.match(ready.publicKey, /^-----BEGIN PUBLIC KEY-----\n/);
      assert.equal(ready.members.length, 5);
      for (const member of ready.members) {
        assert.deepEqual(Object.keys(member), [
          "name",
          "memberId",
          "contactId",
          "accountId",
          "token",
        ]);
        for (const id of ["memberId", "contactId", "accountId"]) assert.match(member[id], GUID);
      }
      assert.equal(new Set(ready.members.map(({ name }) => name)).size, 5);
      assert.ok(ready.contacts.length >= 5);
      for (const contact of ready.contacts) assert.deepEqual(Object.keys(contact), ["contactId"]);

      const headers = { authorization: ready.apiKey, "wix-site-id": ready.siteId };
      const accounts = `${ready.url}/loyalty-accounts/v1/accounts`;
      const response = await get(`${accounts}/${ready.members[0].accountId}`, { headers });
      assert.equal(response.status, 200);
      const mine = await get(`${accounts}/my-account`, {
        headers: { authorization: ready.members[1].token },
      });
      assert.equal((await mine.json()).account.memberId, ready.members[1].memberId);
      const orphan = await get(`${accounts}/fetch-by?contactId=${ready.contacts[0].contactId}`, {
        headers,
      });
      assert.equal(orphan.status, 404, "a contact of the list has no account");
    } finally {
      assert.deepEqual(await sandbox.stop("SIGTERM"), { code: 0, signal: null });
    }
    assert.equal(sandbox.output.stdout, `${sandbox.line}\n`, "one line, and only that");
    await assertFree(sandbox.ready.url);
  });

  test("has as many accounts as asked for, and the first five whatever the size", async () => {
    const counts = [];
    const people = [];
    for (const accounts of ["5", "40"]) {
      const sandbox = await startCommand(["sandbox", "--port", "0", "--accounts", accounts]);
      try {
        const { url, apiKey, siteId, members } = sandbox.ready;
        const response = await fetch(`${url}/loyalty-accounts/v1/accounts/count`, {
          method: "POST",
          headers: {
            authorization: apiKey,
            "wix-site-id": siteId,
            "content-type": "application/json",
          },
          body: "{}",
        });
        counts.push((await response.json()).count);
        people.push(members.map(({ accountId }) => accountId));
      } finally {
        await sandbox.stop();
      }
    }
    assert.deepEqual(counts, [5, 40]);
    assert.deepEqual(people[0], people[1]);
  });

  test("a hundred thousand accounts: it becomes ready, with its whole ready line, and counts them", async () => {
    const args = ["sandbox", "--port", "0", "--accounts", "100000", "--seed", "7"];
    const sandbox = await startCommand(args);
    try {
      const { ready } = sandbox;
      const lists = [ready.members, ready.contacts, ready.rewards, ready.tiers];
      assert.ok(lists.every((list) => list.length >= 3));
      for (const id of [...ready.rewards, ...ready.tiers, ready.appId]) assert.match(id, GUID);
      assert.equal(typeof ready.appSecret, "string");
      assert.match(ready.publicKey, /^-----BEGIN PUBLIC KEY-----\n/);
      const headers = { "X-Sandbox-Control": "1" };
      const rows = await (await fetch(`${ready.url}/_sandbox/count`, { headers })).json();
      assert.equal(rows.accounts, 100_000);
      const totals = await get(`${ready.url}/loyalty-accounts/v1/accounts/program-totals`, {
        headers: { authorization: ready.apiKey, "wix-site-id": ready.siteId },
      });
      const { tierTotals } = await totals.json();
      const inTiers = tierTotals.map(({ numberOfAccounts }) => numberOfAccounts);
      assert.equal(
        inTiers.reduce((sum, each) => sum + each),
        100_000,
      );
    } finally {
      await sandbox.stop();
    }
  });

  test("--throttle and --lenient are named by --help, and do what they say", async () => {
    const { stdout } = await runCommand(["sandbox", "--help"]);
    assert.ok(stdout.includes("--throttle [N]") && stdout.includes("--lenient"));
    for (const isLenient of [true, false]) {
      const args = [
        "sandbox",
        "--port",
        "0",
        "--throttle",
        "2",
        ...(isLenient ? ["--lenient"] : []),
      ];
      const { ready, stop } = await startCommand(args);
      try {
        const ask = () =>
          fetch(`${ready.url}/loyalty-accounts/v1/accounts/count`, {
            method: "POST",
            headers: { authorization: ready.apiKey, "wix-site-id": ready.siteId },
            body: JSON.stringify({ nobodyKnows: 1 }),
          });
        // Five calls meet the limit of two at least once, even where a minute ends among them.
        const statuses = [];
        for (let call = 0; call < 5; call += 1) statuses.push((await ask()).status);
        assert.equal(statuses[0], isLenient ? 200 : 400);
        assert.ok(statuses.includes(429), `${statuses}`);
      } finally {
        await stop();
      }
    }
  });

  test("l14 delivers signed events to --webhook", async () => {
    const got = [];
    const receiver = createHttpServer((request, response) => {
      request.on("data", (piece) => got.push(String(piece)));
      request.on("end", () => response.end());
    });
    await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const hook = `http://127.0.0.1:${receiver.address().port}/`;
    const sandbox = await startCommand(["sandbox", "--port", "0", "--webhook", hook]);
    try {
      await fetch(`${sandbox.ready.url}/_sandbox/program`, {
        method: "POST",
        headers: { "X-Sandbox-Control": "1" },
        body: JSON.stringify({ status: "PAUSED" }),
      });
      for (let look = 0; got.length === 0 && look < 100; look += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { data } = JSON.parse(Buffer.from(got[0].split(".")[1], "base64url"));
      assert.equal(JSON.parse(data).eventType, "wix.loyalty.v1.program_updated");
      assert.equal(JSON.parse(data).instanceId, sandbox.ready.instanceId);
    } finally {
      await sandbox.stop();
      receiver.close();
    }
  });

  test("of one seed has the same ids, of another seed others", async () => {
    const ids = [];
    for (const seed of ["7", "7", "8"]) {
      const sandbox = await startCommand(["sandbox", "--port", "0", "--seed", seed]);
      const { members, contacts, siteId } = sandbox.ready;
      ids.push({
        siteId,
        contacts,
        members: members.map(({ name, memberId, contactId, accountId }) => ({
          name,
          memberId,
          contactId,
          accountId,
        })),
      });
      await sandbox.stop("SIGINT");
    }
    assert.deepEqual(ids[0], ids[1]);
    assert.notDeepEqual(ids[0].members, ids[2].members);
  });

  test("p37 refuses to start in production", async () => {
    const args = ["sandbox", "--port", "0"];
    const { code, stdout, stderr } = await runCommand(args, { env: { NODE_ENV: "production" } });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /production/i);
  });
});

describe("a taken port", () => {
  for (const name of ["dev", "sandbox", "proxy"]) {
    test(`makes ${name} fail with the port's name and a way on`, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      try {
        const config = name === "proxy" ? ["--config", CONFIG] : [];
        const { code, stdout, stderr } = await runCommand([name, "--port", `${port}`, ...config]);
        assert.equal(code, 1);
        assert.equal(stdout, "");
        assert.match(stderr, new RegExp(`Port ${port} is taken[^]*--port`));
      } finally {
        server.close();
      }
    });
  }
});

const CONFIG = fileURLToPath(new URL("./fixtures/proxy.config.js", import.meta.url));

describe("proxy", () => {
  test("serves the module's proxy and stops cleanly", async () => {
    const proxy = await startCommand(["proxy", "--port", "0", "--config", CONFIG]);
    try {
      assert.deepEqual(Object.keys(proxy.ready), ["event", "url"]);
      const refused = await get(`${proxy.ready.url}/loyalty-programs/v1/program`);
      assert.equal(refused.status, 403, "the configured policy grants nothing");
      assert.match(refused.headers.get("content-type"), /^application\/problem\+json/);
    } finally {
      assert.deepEqual(await proxy.stop("SIGINT"), { code: 0, signal: null });
    }
    await assertFree(proxy.ready.url);
  });

  test("names a module that is missing, broken or no proxy", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "loyalty-config-"));
    try {
      const broken = path.join(folder, "broken.js");
      await writeFile(broken, "export default (");
      const other = path.join(folder, "other.js");
      await writeFile(other, "export default { port: 1 };");
      const cases = [
        [path.join(folder, "none.js"), /There is no file/],
        [broken, /broken\.js can't be loaded/],
        [other, /other\.js has no proxy as its default export[^]*createProxy/],
      ];
      for (const [config, message] of cases) {
        const { code, stderr } = await runCommand(["proxy", "--port", "0", "--config", config]);
        assert.equal(code, 1);
        assert.match(stderr, message);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
