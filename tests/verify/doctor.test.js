// The doctor against the sandbox in each of its behaviours: what it reports is what the sandbox was told.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { createSandbox } from "loyalty-edge/sandbox";
import { createCall } from "../../pkg/cli/doctor/call.js";
import { checkClock, checkLatency, checkService, checkSite } from "../../pkg/cli/doctor/checks.js";
import { mismatch } from "../../pkg/cli/doctor/pairing.js";
import { ANSWERS, DEFAULTS, longest, probe } from "../../pkg/cli/doctor/probes.js";
import { lineText, sumText } from "../../pkg/cli/doctor/report.js";
import { runCommand, startCommand } from "../cli/command.js";

const HERE = new URL("http://127.0.0.1:1");
const WIX = "https://www.wixapis.com";
const IST = "IST.eyJraWQiOiJ0ZXN0In0.made-up";
const BOX = "SANDBOX.8R3ccpHCeaDALQL0ngL9xAbP";

describe("which key goes where", () => {
  const table = [
    [IST, WIX, undefined],
    [IST, "https://edge.wixapis.com", undefined],
    [BOX, "http://127.0.0.1:4181", undefined],
    [BOX, "http://localhost:4181", undefined],
    [BOX, "https://sandbox.shop.example", undefined],
    [IST, "http://127.0.0.1:4181", /real key is not sent to 127/],
    [IST, "https://wixapis.com.evil.example", /real key is not sent/],
    [IST, "https://notwixapis.com", /real key is not sent/],
    [IST, "http://www.wixapis.com", /without TLS/],
    [BOX, WIX, /opens no Wix host/],
    [BOX, "https://manage.wix.com", /opens no Wix host/],
    [BOX, "http://sandbox.shop.example", /plain http/],
    ["OauthNG.JWS.x", WIX, /does not begin with IST/],
    [`"${IST}"`, WIX, /quotes/],
    [`${IST}\n`, WIX, /line breaks/],
    ["", WIX, /no key/],
    [undefined, WIX, /no key/],
  ];
  for (const [key, upstream, wrong] of table) {
    test(`p37_${String(key).slice(0, 8).trim()} to ${upstream}: ${wrong ?? "may be sent"}`, () => {
      const found = mismatch(key, new URL(upstream));
      if (wrong === undefined) assert.equal(found, undefined);
      else {
        assert.match(found.says, wrong);
        assert.ok(found.mend.length > 10);
        if (key) assert.ok(!JSON.stringify(found).includes(key), "the key is not told");
      }
    });
  }
});

describe("single checks", () => {
  const at = Date.parse("2026-01-01T00:00:00Z");
  for (const [skew, result] of [
    [0, "ok"],
    [4_000, "ok"],
    [-4_000, "ok"],
    [6_000, "warn"],
    [-30_000, "warn"],
    [61_000, "fail"],
    [-3_600_000, "fail"],
  ]) {
    test(`a clock that is ${skew} ms off: ${result}`, () => {
      const found = checkClock(new Date(at).toUTCString(), at + skew);
      assert.equal(found.result, result);
      if (result !== "ok") assert.match(found.says, skew > 0 ? /ahead of/ : /behind/);
    });
  }
  test("no date, and none that is one", () => {
    assert.equal(checkClock(undefined, at).result, "warn");
    assert.equal(checkClock("yesterday", at).result, "warn");
  });
  test("latency by the median", () => {
    assert.equal(checkLatency([10, 20, 5000]).result, "ok");
    assert.equal(checkLatency([10, 2000, 5000]).result, "warn");
  });
  test("the site's id", () => {
    assert.equal(checkSite("15291c48-6e3c-4d58-ad1c-36f2e5254620").result, "ok");
    for (const bad of [undefined, "", "my-site", "15291c48"])
      assert.equal(checkSite(bad).result, "fail");
  });
  test("the longest key is found with few payments", async () => {
    for (const most of [15, 36, 127, 128, 129, 200, 255, 256]) {
      const asked = [];
      const takes = async (length) => asked.push(length) && length <= most;
      assert.equal(await longest(takes), most);
      assert.ok(asked.length <= ([128, 256].includes(most) ? 2 : 10), `${most}: ${asked}`);
    }
    assert.equal(await longest(async () => undefined), undefined);
  });
});

/** A call of a sandbox in this process. */
const callOf = (sandbox, more = {}) =>
  createCall({
    upstream: HERE,
    key: sandbox.apiKey,
    siteId: sandbox.siteId,
    fetch: sandbox.fetch,
    ...more,
  });
const results = (lines) => Object.fromEntries(lines.map(({ check, result }) => [check, result]));

describe("the service", () => {
  let sandbox;
  let fresh;
  before(async () => {
    sandbox = await createSandbox({ seed: 5 });
    fresh = sandbox.snapshot();
  });
  after(() => sandbox.close());

  test("all is well", async () => {
    const lines = await checkService(callOf(sandbox));
    const { clock, ...rest } = results(lines);
    assert.equal(clock, "warn", "in this process nothing tells the time");
    assert.deepEqual([...new Set(Object.values(rest))], ["ok"]);
    assert.equal(Object.keys(rest).length, 10);
    const { requests } = await sandbox.control("GET", "requests");
    assert.ok(
      requests.every(({ method, path: at }) => method === "GET" || /\/query$/.test(at)),
      "it only reads",
    );
  });

  test("a wrong key, a wrong site", async () => {
    for (const more of [{ key: `${sandbox.apiKey}x` }, { siteId: crypto.randomUUID() }]) {
      const lines = await checkService(callOf(sandbox, more));
      assert.deepEqual(results(lines), { reachable: "ok", key: "fail" });
      assert.match(lines[1].says, /401 UNAUTHENTICATED/);
    }
  });

  for (const [status, result] of [
    ["DRAFT", "warn"],
    ["PAUSED", "warn"],
    ["ACTIVE", "ok"],
  ]) {
    test(`a program that is ${status}: ${result}`, async () => {
      await sandbox.control("POST", "program", { status });
      const lines = await checkService(callOf(sandbox));
      assert.equal(results(lines).program, result);
      sandbox.restore(fresh);
    });
  }

  for (const [operation, permission] of [
    ["queryLoyaltyAccounts", "READ_ACCOUNTS"],
    ["queryLoyaltyTransactions", "READ_TRANSACTIONS"],
    ["listTiers", "READ_TIERS"],
    ["listRewards", "READ_REWARDS"],
    ["queryLoyaltyCoupons", "READ_COUPONS"],
    ["getLoyaltyProgram", "READ_PROGRAM"],
  ]) {
    test(`a key that lacks ${permission}`, async () => {
      sandbox.faults.add({ operation, kind: "status", status: 403, code: "PERMISSION_DENIED" });
      const lines = await checkService(callOf(sandbox));
      const failed = lines.filter(({ result }) => result === "fail").map(({ check }) => check);
      assert.ok(failed.includes(permission));
      assert.match(lines.find(({ check }) => check === permission).mend, /permissions/);
      assert.deepEqual(
        failed.filter((check) => check !== "program"),
        [permission],
      );
      sandbox.restore(fresh);
    });
  }

  test("a server that is not the service is told from one that lacks the app", async () => {
    for (const status of [200, 404, 405]) {
      const page = async () => new Response("<h1>Shop</h1>", { status });
      const lines = await checkService(callOf(sandbox, { fetch: page }));
      assert.deepEqual(results(lines), { reachable: "fail" });
      assert.match(lines[0].says, /not the loyalty service/);
      assert.match(lines[0].mend, /--upstream/);
    }
    const body = { message: "", details: { applicationError: { code: "NOT_INSTALLED" } } };
    const none = async () => Response.json(body, { status: 404 });
    const lines = await checkService(callOf(sandbox, { fetch: none }));
    assert.equal(results(lines).reachable, "ok");
    assert.match(lines.find(({ check }) => check === "READ_PROGRAM").mend, /install/);
  });

  test("what answers nonsense, or nothing", async () => {
    sandbox.faults.add(
      { operation: "listTiers", kind: "html" },
      { operation: "listRewards", kind: "dropBefore" },
    );
    const told = results(await checkService(callOf(sandbox)));
    assert.deepEqual([told.READ_TIERS, told.READ_REWARDS], ["fail", "fail"]);
    sandbox.restore(fresh);
    const nobody = await checkService(createCall({ upstream: HERE, key: BOX, siteId: "x" }));
    assert.equal(nobody.length, 1);
    assert.deepEqual(results(nobody), { reachable: "fail" });
  });
});

/** What the doctor has to find where the sandbox was told this. */
function expected(told) {
  const behaviour = {
    ...DEFAULTS,
    ...told,
    revisionBump: { ...DEFAULTS.revisionBump, ...told.revisionBump },
  };
  const isRefused = (name) =>
    name === "keyLength"
      ? behaviour.keyLength < 256
      : behaviour[name] === undefined || behaviour[name] === "reject";
  const answers = Object.entries({ ...ANSWERS, ...told.answers }).filter(([name]) =>
    isRefused(name),
  );
  return { ...behaviour, answers: Object.fromEntries(answers) };
}

const OTHERWISE = {
  duplicateEarn: "replay",
  otherPayload: "replay",
  revisionBump: { earn: 2, adjust: 3 },
  staleRevision: "ignore",
  missingRevision: "reject",
  belowZero: "clamp",
  aboveMaximum: "clamp",
  unknownField: "ignore",
  keyLength: 256,
};
const WORDS = Object.fromEntries(
  Object.keys(ANSWERS).map((name, at) => [
    name,
    { status: [409, 412, 422, 428, 400][at % 5], code: `VERIFY_${at}` },
  ]),
);

const BEHAVIOURS = [
  ["by default", {}],
  ...Object.entries(OTHERWISE).map(([name, value]) => [
    `${name} ${JSON.stringify(value)}`,
    { [name]: value },
  ]),
  ["bothIds contact", { bothIds: "contact" }],
  ["bothIds member", { bothIds: "member" }],
  ["keyLength 36", { keyLength: 36 }],
  ["keyLength 200", { keyLength: 200 }],
  ["revisions that stand still", { revisionBump: { earn: 0, adjust: 1 } }],
  ["other words", { missingRevision: "reject", answers: WORDS }],
  ["everything otherwise", { ...OTHERWISE, bothIds: "member", answers: WORDS }],
];

describe("what nobody documents", () => {
  const find = async (told, contactOf = (sandbox) => sandbox.members[0].contactId) => {
    const sandbox = await createSandbox({ seed: 5, behaviour: told });
    try {
      const contactId = contactOf(sandbox);
      const call = callOf(sandbox);
      const lines = [];
      const read = () =>
        call("GET", `/loyalty-accounts/v1/accounts/fetch-by?contactId=${contactId}`);
      const first = await read();
      const { behaviour, notes } = await probe(call, contactId, (line) => lines.push(line));
      const last = await read();
      return { behaviour, notes, lines, before: first.json.account, after: last.json.account };
    } finally {
      sandbox.close();
    }
  };

  for (const [name, told] of BEHAVIOURS) {
    test(`l15_the_doctor_finds_what_the_sandbox_was_told: ${name}`, async () => {
      const found = await find(told);
      assert.deepEqual(found.behaviour, expected(told));
      assert.equal(found.after.points.balance, found.before.points.balance, "the points are back");
      assert.equal(results(found.lines).restored, "ok");
      assert.ok(!found.lines.some(({ result }) => result === "fail"));
      const again = await find(found.behaviour);
      assert.deepEqual(
        again.behaviour,
        found.behaviour,
        "a sandbox that loads the report does the same",
      );
    });
  }

  test("what differs from the sandbox's own choices is to be looked at", async () => {
    const { lines } = await find({ duplicateEarn: "replay", keyLength: 256 });
    const warned = lines.filter(({ result }) => result === "warn").map(({ check }) => check);
    assert.deepEqual(warned.sort(), ["duplicateEarn", "keyLength"]);
    const words = await find({
      answers: {
        belowZero: { status: 409, code: "FAILED" },
        unknownContact: { status: 400, code: "NO" },
      },
    });
    const unusual = words.lines.filter(({ result }) => result === "warn").map(({ check }) => check);
    assert.deepEqual(unusual.sort(), ["belowZero", "unknownContact"]);
  });

  test("a contact without an account gets one, and an unknown contact is said", async () => {
    const spare = await find({}, (sandbox) => sandbox.contacts[0].contactId);
    assert.deepEqual(spare.behaviour, expected({}));
    assert.match(spare.notes[0], /An account was opened/);
    assert.equal(spare.after.points.balance, 0);
    const unknown = await find({}, () => crypto.randomUUID());
    assert.equal(unknown.behaviour, undefined);
    assert.equal(unknown.lines[0].result, "fail");
  });

  test("a service that falls over leaves questions open, and the points where they were", async () => {
    const sandbox = await createSandbox({ seed: 5 });
    const { contactId } = sandbox.members[0];
    sandbox.faults.add({
      operation: "adjustPoints",
      kind: "status",
      status: 503,
      after: 1,
      count: 3,
    });
    const lines = [];
    const { behaviour } = await probe(callOf(sandbox), contactId, (line) => lines.push(line));
    const told = results(lines);
    assert.deepEqual(
      [told.staleRevision, told.missingRevision, told.belowZero],
      ["warn", "warn", "warn"],
    );
    assert.equal(behaviour.staleRevision, undefined);
    assert.equal(told.restored, "ok");
    sandbox.close();
  });

  test("a service whose keys pay twice is no place to go live", async () => {
    const sandbox = await createSandbox({ seed: 5 });
    const forgetful = (input, init) => {
      const body = typeof init?.body === "string" && JSON.parse(init.body);
      const text = body?.idempotencyKey
        ? JSON.stringify({ ...body, idempotencyKey: crypto.randomUUID() })
        : init?.body;
      return sandbox.fetch(input, { ...init, body: text });
    };
    const lines = [];
    await probe(callOf(sandbox, { fetch: forgetful }), sandbox.members[0].contactId, (line) =>
      lines.push(line),
    );
    const told = results(lines);
    assert.deepEqual(
      [told.duplicateEarn, told.otherPayload, told.restored],
      ["fail", "fail", "ok"],
    );
    sandbox.close();
  });
});

test("lines fit the terminal, and end with what to mend", () => {
  const found = {
    check: "READ_TRANSACTIONS",
    result: "fail",
    says: "the key may not ".repeat(9),
    mend: "give it the permission ".repeat(9),
  };
  for (const columns of [80, 120]) {
    for (const line of lineText(found, { columns }).split("\n"))
      assert.ok(line.length <= columns, line);
  }
  assert.match(
    lineText(found, { columns: 80 }),
    /^ {2}fail {2}READ_TRANSACTIONS {2}the key[^]*→ give it/,
  );
  assert.match(sumText([found], {}), /1 to mend\./);
  assert.match(sumText([{ ...found, result: "warn" }], {}), /nothing to mend, 1 to look at/);
});

describe("the command", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "doctor-"));
  const file = path.join(folder, "behaviour.json");
  let box;
  before(async () => {
    writeFileSync(
      file,
      JSON.stringify({
        format: "loyalty-edge/behaviour/1",
        behaviour: { duplicateEarn: "replay" },
      }),
    );
    box = await startCommand(["sandbox", "--port", "0", "--behaviour", file]);
  });
  after(async () => {
    await box.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const clean = { WIX_API_KEY: "", WIX_SITE_ID: "" };

  test("looks, finds out, and writes what a sandbox can load", async () => {
    const { url, apiKey, siteId, members } = box.ready;
    const out = path.join(folder, "found.json");
    const env = { WIX_API_KEY: apiKey, WIX_SITE_ID: siteId };
    const args = [
      "doctor",
      "--upstream",
      url,
      "--writes",
      "--contact",
      members[0].contactId,
      "--out",
      out,
    ];
    const { code, stdout, stderr } = await runCommand([...args, "--json"], { env });
    assert.equal(code, 0, stdout + stderr);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(results(lines).clock, "ok");
    assert.equal(results(lines).duplicateEarn, "warn");
    const { format, behaviour } = JSON.parse(readFileSync(out, "utf8"));
    assert.equal(format, "loyalty-edge/behaviour/1");
    assert.deepEqual(behaviour, expected({ duplicateEarn: "replay" }));
    assert.ok(
      !`${stdout}${stderr}${readFileSync(out, "utf8")}`.includes(apiKey),
      "p22: the key is never told",
    );
    const again = await startCommand(["sandbox", "--port", "0", "--behaviour", out]);
    await again.stop();

    const people = await runCommand(["doctor", "--upstream", url], { env });
    assert.equal(people.code, 0);
    assert.match(people.stdout, / {2}ok {4}READ_ACCOUNTS {6}may be read\n[^]*nothing to mend\./);
    assert.ok(!people.stdout.includes(apiKey));
  });

  test("p37_a_real_key_is_not_sent_to_a_sandbox", async () => {
    let asked = 0;
    const server = createServer((_, response) => response.end(String((asked += 1))));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const upstream = `http://127.0.0.1:${server.address().port}`;
    const args = [
      "doctor",
      "--upstream",
      upstream,
      "--key",
      IST,
      "--site",
      box.ready.siteId,
      "--json",
    ];
    const { code, stdout } = await runCommand(args, { env: clean });
    server.close();
    assert.equal(code, 1);
    assert.deepEqual(
      results(
        stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ),
      { credential: "fail", site: "ok" },
    );
    assert.equal(asked, 0);
    assert.ok(!stdout.includes(IST));
  });

  const wrong = [
    [["--writes"], /--writes needs a test contact/],
    [["--contact", "x"], /--contact and --out are for --writes/],
    [["--upstream", "https://www.wixapis.com/path"], /more than an origin/],
    [["--upstream", "wixapis.com"], /takes an http or https URL/],
  ];
  for (const [args, message] of wrong) {
    test(`refuses ${args.join(" ")}`, async () => {
      const { code, stderr } = await runCommand(["doctor", ...args], { env: clean });
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  for (const [text, message] of [
    ["{}", /no report of what a service does/],
    ["nonsense", /no report/],
    [
      '{"format":"loyalty-edge/behaviour/1","behaviour":{"keyLength":999}}',
      /behaviour is wrong: keyLength/,
    ],
    ['{"format":"loyalty-edge/behaviour/1","behaviour":{"surprise":1}}', /surprise/],
  ]) {
    test(`a sandbox does not load ${text}`, async () => {
      writeFileSync(file, text);
      const { code, stderr } = await runCommand(["sandbox", "--port", "0", "--behaviour", file]);
      assert.notEqual(code, 0);
      assert.match(stderr, message);
    });
  }
});
