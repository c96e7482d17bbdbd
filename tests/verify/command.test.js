// `loyalty-edge verify` as a person and a build run it: against our own proxy, and against bad ones.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { attacks } from "../../pkg/cli/verify/attacks/index.js";
import { report, toJson, wrap } from "../../pkg/cli/verify/report.js";
import { runVerify } from "../../pkg/cli/verify/run.js";
import { toSarif } from "../../pkg/cli/verify/sarif.js";
import { runCommand, startCommand } from "../cli/command.js";
import { createStage, optionsFor } from "./stage.js";

const folder = mkdtempSync(path.join(tmpdir(), "verify-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("our own proxy", () => {
  let dev;
  before(async () => {
    dev = await startCommand(["dev", "--port", "0"]);
  });
  after(() => dev.stop());

  test("p38_nothing_gets_through_our_own_proxy", async () => {
    const { proxy, demo, members, staff, expired } = dev.ready;
    const sarif = path.join(folder, "ours.sarif");
    const { code, stdout, stderr } = await runCommand([
      ...["verify", proxy, "--origin", new URL(demo).origin, "--json", "--sarif", sarif],
      ...["--expired", expired.token, "--complete"],
      ...[
        "--member",
        members[0].token,
        "--other",
        `Bearer ${members[1].token}`,
        "--staff",
        staff.token,
      ],
    ]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.filter(({ result }) => result === "through"),
      [],
    );
    assert.equal(code, 0, stderr);
    assert.equal(lines.length, attacks.length);
    assert.ok(lines.length >= 60);
    const skipped = lines.filter(({ result }) => result === "skipped").map(({ attack }) => attack);
    assert.deepEqual(skipped, []);
    for (const line of lines) {
      assert.deepEqual(Object.keys(line).slice(0, 3), ["attack", "class", "result"]);
    }
    for (const { token } of [...members, staff]) assert.ok(!stdout.includes(token), "p22: a token");
    assert.ok(!stdout.includes(dev.ready.sandbox.apiKey), "p22: the key");

    const { version, runs } = JSON.parse(readFileSync(sarif, "utf8"));
    assert.equal(version, "2.1.0");
    assert.equal(runs[0].results.length, lines.length);
    assert.ok(runs[0].results.every(({ kind }) => kind === "pass" || kind === "notApplicable"));
  });

  test("p38_without_callers_their_attacks_are_skipped_with_what_to_give", async () => {
    const args = ["verify", dev.ready.proxy, "--json"];
    const { code, stdout } = await runCommand(args);
    assert.equal(code, 0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const skipped = lines.filter(({ result }) => result === "skipped");
    assert.ok(skipped.length > 50);
    for (const { why } of skipped) assert.match(why, /--(?:member|other|staff|origin|expired)\b/);
    const told = new Map(skipped.map(({ attack, why }) => [attack, why]));
    // Not what only the token could have told.
    assert.equal(told.get("alg-none"), "give --member TOKEN, the token of a member");
    assert.equal(told.get("foreign-account"), "give --member TOKEN, the token of a member");
    const text = await runCommand(args.slice(0, -1));
    const next = text.stdout.match(/Next:\s+run it again with ([^]*?),\s+and\s+(\d+)\s+more/);
    for (const flag of ["member", "other", "staff", "expired", "origin"]) {
      assert.ok(next[1].includes(`--${flag} `), `${flag}: ${next[1]}`);
    }
    assert.equal(Number(next[2]), skipped.length);
    const complete = await runCommand([...args, "--complete"]);
    assert.equal(complete.code, 1, "--complete wants every attack");
  });

  test("p38_a_server_that_is_no_proxy_is_not_judged", async () => {
    const { demo, members } = dev.ready;
    for (const more of [[], ["--member", members[0].token]]) {
      const { code, stdout, stderr } = await runCommand(["verify", demo, ...more]);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /no proxy of this protocol \(404 to \/healthz/);
      assert.match(stderr, /Add the path that it is mounted at: \S+\/loyalty/);
    }
    const wrong = await runCommand(["verify", `${demo}elsewhere`]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /Look at the path/);
  });

  test("p38_a_token_that_the_proxy_refuses_is_no_caller", async () => {
    const { code, stderr, stdout } = await runCommand([
      "verify",
      dev.ready.proxy,
      "--member",
      "made.up.token",
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /does not accept the token of --member/);
    assert.equal(stdout, "");
    const { token } = dev.ready.members[0];
    const same = await runCommand(["verify", dev.ready.proxy, "--member", token, "--other", token]);
    assert.equal(same.code, 2);
    assert.match(same.stderr, /same account/);
  });
});

describe("a bad proxy", () => {
  let stage;
  let findings;
  before(async () => {
    stage = await createStage();
    ({ findings } = await stage.attack(["alg-none", "credential-in-error", "racy-cap"]));
  });
  after(() => stage.close());

  test("what got through is told with its evidence, rule and mend, at any width", () => {
    for (const columns of [80, 120]) {
      const text = report(
        findings,
        { url: "http://127.0.0.1:1/loyalty", requests: 9, ms: 1234 },
        { columns },
      );
      assert.match(text, /alg-none {2}tokens, rule P11/);
      assert.match(text, /> GET \/loyalty\/loyalty-accounts\/v1\/accounts\/my-account/);
      assert.match(text, /Mend: Verify with a JWT library/);
      assert.match(text, /[3-9] through, \d+ refused/);
      for (const line of text.split("\n"))
        assert.ok(line.length <= columns, `${line.length}: ${line}`);
      assert.ok(!text.includes(stage.sandbox.apiKey), "p22: the leaked key is not leaked again");
    }
    const text = JSON.stringify([
      findings.map(toJson),
      toSarif(findings, { url: "http://x/", version: "1.0.0" }),
    ]);
    assert.ok(!text.includes(stage.sandbox.apiKey));
    assert.ok(!text.includes(stage.tokens.member));
  });

  test("sarif_names_rule_and_place_of_what_got_through", () => {
    const [run] = toSarif(findings, { url: "http://127.0.0.1:1/loyalty", version: "1.0.0" }).runs;
    const failed = run.results.filter(({ kind }) => kind === "fail");
    assert.ok(failed.length >= 3);
    for (const result of failed) {
      assert.equal(result.level, "error");
      assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId);
      assert.equal(
        result.locations[0].physicalLocation.artifactLocation.uri,
        "http://127.0.0.1:1/loyalty",
      );
      assert.match(result.message.text, /Request: /);
    }
  });

  test("long words are broken, and nothing is lost", () => {
    const lines = wrap(`a ${"b".repeat(90)} c`, 40, "  ", "    ");
    assert.ok(lines.every((line) => line.length <= 40));
    assert.equal(lines.join("").replaceAll(" ", ""), `a${"b".repeat(90)}c`);
  });
});

describe("a proxy that does not answer", () => {
  /** @param {(request: any, response: any, state: any) => void} handle */
  async function withServer(handle, work) {
    const state = { count: 0 };
    const server = createServer((request, response) => handle(request, response, state));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await work(`http://127.0.0.1:${server.address().port}/loyalty`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const some = (...names) => attacks.filter(({ name }) => names.includes(name));
  const options = (url, more) => ({ ...optionsFor(url, {}), timeoutMs: 1_000, ...more });

  test("p38_silence_is_no_refusal", async () => {
    const hang = (request, response) =>
      request.url.endsWith("/search") || response.writeHead(403).end();
    const { findings } = await withServer(hang, (url) =>
      runVerify(options(url), {
        attacks: some("visitor-search-accounts", "visitor-count-accounts"),
      }),
    );
    assert.deepEqual(
      findings.map(({ verdict }) => verdict.result),
      ["skipped", "refused"],
    );
    assert.match(findings[0].verdict.why, /no answer \(timeout\)/);
  });

  test("p38_an_attack_that_takes_the_proxy_down_got_through", async () => {
    const die = (request, response, state) => {
      state.dead ||= request.url.endsWith("/search");
      if (state.dead) request.socket.destroy();
      else response.writeHead(403).end();
    };
    const { findings } = await withServer(die, (url) =>
      runVerify(options(url), {
        attacks: some("visitor-search-accounts", "visitor-count-accounts", "stack-trace"),
      }),
    );
    assert.deepEqual(
      findings.map(({ verdict }) => verdict.result),
      ["through", "skipped", "refused"],
    );
    assert.match(findings[0].verdict.why, /no longer answers/);
  });

  test("p38_429_is_waited_for_once_and_is_no_refusal", async () => {
    const times = [];
    const busy = (request, response) => {
      if (!request.url.endsWith("/count")) return response.writeHead(403).end();
      times.push(Date.now());
      return response.writeHead(429, { "retry-after": "1" }).end();
    };
    const { findings } = await withServer(busy, (url) =>
      runVerify(options(url), { attacks: some("visitor-count-accounts") }),
    );
    assert.equal(findings[0].verdict.result, "skipped");
    assert.equal(times.length, 2);
    assert.ok(times[1] - times[0] >= 990, "as long as it asked for");
  });

  test("p38_one_bad_moment_is_no_hole_and_two_are", async () => {
    const flaky = (request, response, state) => {
      const failed = request.url.endsWith("/count") && (state.count += 1) === 1;
      response.writeHead(failed || request.url.endsWith("/search") ? 502 : 403).end();
    };
    const { findings } = await withServer(flaky, (url) =>
      runVerify(options(url), {
        attacks: some("visitor-count-accounts", "visitor-search-accounts"),
      }),
    );
    const [search, count] = findings.map(({ verdict }) => verdict.result);
    assert.deepEqual([search, count], ["through", "refused"]);
  });

  test("p38_writes_are_kept_back_where_they_were_not_asked_for", async () => {
    const posts = [];
    const note = (request, response) => {
      if (request.method === "POST") posts.push(request.url);
      response.writeHead(403).end();
    };
    const chosen = attacks.filter((one) => one.class === "matrix" && /^visitor-/.test(one.name));
    const { findings } = await withServer(note, (url) =>
      runVerify(options(url, { writes: false, loopback: false }), { attacks: chosen }),
    );
    assert.deepEqual(
      posts.filter((url) => /\/actions\/|earn-points|adjust|coupons$|redeem|accounts$/.test(url)),
      [],
    );
    const kept = findings
      .filter(({ verdict }) => /--writes/.test(verdict.why))
      .map(({ attack }) => attack.name);
    assert.ok(kept.includes("visitor-earn-points") && kept.includes("visitor-bulk-adjust-points"));
    const { findings: asked } = await withServer(note, (url) =>
      runVerify(options(url, { writes: true, loopback: false }), { attacks: chosen }),
    );
    assert.ok(asked.every(({ verdict }) => verdict.result === "refused"));
  });

  test("p38_the_pace_is_kept", async () => {
    const ok = (request, response) => response.writeHead(403).end();
    const started = Date.now();
    const { requests } = await withServer(ok, (url) =>
      runVerify(options(url, { rate: 50 }), {
        attacks: some("visitor-count-accounts", "visitor-search-accounts"),
      }),
    );
    assert.ok(Date.now() - started >= (requests - 1) * 19, `${requests} requests`);
  });
});
