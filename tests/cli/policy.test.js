import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "./command.js";

const DEV = fileURLToPath(new URL("../../pkg/cli/dev.policy.json", import.meta.url));
const ACTION = { amount: 5, description: "Visit", limit: { perMemberPerDay: 1 } };
const member = (...grants) => ({ grants: { member: grants } });
const action = (more) => ({ actions: { visit: { ...ACTION, ...more } } });

let folder = "";
before(async () => void (folder = await mkdtemp(path.join(tmpdir(), "policy-"))));
after(() => rm(folder, { recursive: true }));

let files = 0;
/** @param {unknown} policy What is written, text as it is. @param {string[]} more */
async function check(policy, ...more) {
  const file = path.join(folder, `${(files += 1)}.json`);
  await writeFile(file, typeof policy === "string" ? policy : JSON.stringify(policy));
  return runCommand(["policy", "check", file, ...more]);
}

describe("policy check", () => {
  test("prints the matrix of the dev policy", async () => {
    const { code, stdout, stderr } = await runCommand(["policy", "check", DEV]);
    assert.deepEqual([code, stderr], [0, ""]);
    const row = (name) => stdout.split("\n").find((line) => line.startsWith(`${name} `));
    assert.match(row("operation"), /visitor +member +staff +admin/);
    assert.match(row("getAccount"), / +\. +own +any +any/);
    assert.match(row("bulkAdjustPoints"), / +\. +\. +\. +any/);
    assert.match(row("getLoyaltyProgram"), / +any +\. +\. +any/);
    assert.match(row("earn:daily-visit"), / +\. +own +\. +own/);
    assert.match(stdout, /7 warnings/);
  });

  test("prints the whole report as JSON", async () => {
    const { code, stdout } = await runCommand(["policy", "check", DEV, "--json"]);
    const { mistakes, matrix, warnings } = JSON.parse(stdout);
    assert.deepEqual([code, mistakes.length, matrix.length], [0, 0, 25 + 2]);
    const earn = matrix.find(({ operation }) => operation === "earnPoints");
    assert.deepEqual(
      [earn.visitor, earn.member, earn.staff, earn.admin],
      ["no", "no", "no", "any"],
    );
    assert.ok(warnings.every(({ path: at, why, mend }) => at.startsWith("$") && why && mend));
  });

  test("p01_explains_any_single_decision", async () => {
    for (const [question, verdict, reason] of [
      ["member earnPoints", /^member may not earnPoints/, /no policy can: .*staff or admin/],
      [
        "member earn:daily-visit",
        /^member may earn:daily-visit/,
        /\$\.grants\.member\[8\] .*grants/,
      ],
      ["member getAccount", /of the own account/, /\$\.grants\.member\[1\] "getAccount:own"/],
      ["admin bulkAdjustPoints", /^admin may bulkAdjustPoints/, /\$\.grants\.admin\[0\] "\*"/],
      ["visitor listTiers", /^visitor may not/, /add "listTiers" to \$\.grants\.visitor/],
      ["visitor earn:daily-visit", /^visitor may not/, /has no account to earn for/],
      ["staff earn:write-review", /^staff may not/, /add "earn:write-review" to \$\.grants\.staff/],
      ["staff queryLoyaltyCoupons", /^staff may not/, /add "queryLoyaltyCoupons:own"/],
    ]) {
      const [caller, operation] = question.split(" ");
      const args = ["policy", "check", DEV, "--explain", caller, operation];
      const { code, stdout } = await runCommand(args);
      assert.equal(code, 0, question);
      assert.match(stdout, verdict, question);
      assert.match(stdout, reason, question);
    }
  });

  test("an unknown question is a wrong use, and says what was meant", async () => {
    for (const [args, hint] of [
      [["--explain", "boss", "getAccount"], /unknown caller "boss"; there are visitor, member/],
      [["--explain", "member", "getAcount"], /did you mean "getAccount"/],
      [["--explain", "member", "earn:nope"], /no action "nope"; there are: daily-visit/],
      [["--explain", "member"], /--explain needs two values/],
      [["another"], /Unexpected argument "another"/],
    ]) {
      const { code, stderr } = await runCommand(["policy", "check", DEV, ...args]);
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, hint);
    }
    const bare = await runCommand(["policy"]);
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /Did you mean "loyalty-edge policy check"/);
    const none = await runCommand(["policy", "check"]);
    assert.match(none.stderr, /FILE is missing/);
  });

  test("bad policies are named by path and mend", async () => {
    for (const [policy, at, mend] of [
      [member("getAcount"), "$.grants.member[0]", /did you mean "getAccount"/],
      [member("*"), "$.grants.member[0]", /name each/],
      [member("getAccount"), "$.grants.member[0]", /"getAccount:own"/],
      [member("earnPoints"), "$.grants.member[0]", /grant it to staff or admin/],
      [member("earn:nope"), "$.grants.member[0]", /add it under \$\.actions/],
      [{ grants: { members: [] } }, "$.grants.members", /did you mean "member"/],
      [action({ limit: undefined }), "$.actions.visit.limit", /add \{ "perMemberPerDay": 1 \}/],
      [action({ limit: { perSubject: 1 } }), "$.actions.visit.limit", /needs perMemberPerDay/],
      [action({ amount: "5" }), "$.actions.visit.amount", /whole number from 1 to 9999999/],
      [
        action({ amount: { by: "size", values: {} } }),
        "$.actions.visit.amount.values",
        /could never pay; add a value/,
      ],
      [action({ key: ["month"] }), "$.actions.visit.key[0]", /subject, day and parameters\.NAME/],
      [action({ eligible: {} }), "$.actions.visit.eligible", /name a claim or leave it out/],
      [{ limits: { upstreamPerMin: 5 } }, "$.limits.upstreamPerMin", /known here: callerPerMinute/],
      [{ botCheck: ["redeem"] }, "$.botCheck[0]", /unknown operation "redeem"/],
      [
        {
          grants: { staff: ["getAccount"] },
          masks: { staff: { getAccount: { hide: ["account.id"] } } },
        },
        "$.masks.staff.getAccount.hide[0]",
        /hide an optional field/,
      ],
      [
        {
          grants: { staff: ["getAccount"] },
          masks: { staff: { getAccount: { hide: ["account.contct.email"] } } },
        },
        "$.masks.staff.getAccount.hide[0]",
        /there is no "contct"/,
      ],
      [
        { masks: { staff: { getAccount: { hide: ["account.contact"] } } } },
        "$.masks.staff.getAccount",
        /grant it or take the mask out/,
      ],
    ]) {
      const { code, stdout } = await check(policy);
      const text = JSON.stringify(policy);
      assert.equal(code, 1, text);
      assert.ok(stdout.split("\n").includes(`  ${at}`), `${text}\n${stdout}`);
      assert.match(stdout, mend, text);
      assert.match(stdout, /1 mistake; no proxy starts with it/, text);
    }
  });

  test("all mistakes are told at once, and as JSON too", async () => {
    const policy = { ...member("nope", "*"), ...action({ amount: 0 }) };
    const { code, stdout } = await check(policy, "--json");
    assert.equal(code, 1);
    assert.deepEqual(
      JSON.parse(stdout).mistakes.map((mistake) => mistake.path),
      ["$.actions.visit.amount", "$.grants.member[0]", "$.grants.member[1]"],
    );
  });

  test("warns of what is risky, each with why and mend", async () => {
    const risky = {
      grants: {
        visitor: ["getProgramTotals"],
        member: ["earn:huge", "earn:often"],
        staff: ["*", "adjustPoints", "getAccount", "queryLoyaltyAccounts", "countAccounts"],
        admin: ["bulkAdjustPoints"],
      },
      masks: {
        staff: {
          getAccount: { hide: ["account.contact.email"] },
          getAccountBySecondaryId: { see: ["account.tier"] },
        },
      },
      actions: {
        huge: { ...ACTION, amount: 5000 },
        often: { ...ACTION, amount: 100, limit: { perMemberPerDay: 100 }, confirm: "x" },
        nobodys: { ...ACTION, confirm: "x" },
      },
      limits: { upstreamPerMinute: 500 },
    };
    const { stdout } = await check(risky, "--json");
    const places = JSON.parse(stdout).warnings.map((warning) => warning.path);
    for (const at of [
      "$.grants.staff[0]",
      "$.grants.staff[1]",
      "$.grants.visitor[0]",
      "$.actions.huge",
      "$.actions.huge.amount",
      "$.actions.often.limit.perMemberPerDay",
      "$.actions.nobodys",
      "$.limits.upstreamPerMinute",
      "$.limits.memberPointsPerDay",
      "$.limits.callerPerMinute",
      "$.limits.addressPerMinute",
      "$.limits.bulkPoints",
      "$.limits.bulkPerDay",
      "$.masks.staff.getAccount.hide: account.contact.email",
      "$.masks.staff.getAccountBySecondaryId.see",
    ]) {
      assert.ok(places.includes(at), `${at} is not in ${places.join(", ")}`);
    }
    const hidden = JSON.parse(stdout).warnings.find(({ path: at }) => at.startsWith("$.masks"));
    assert.match(hidden.why, /still sees it by .*queryLoyaltyAccounts.*countAccounts/);
    const capped = { ...risky, limits: { ...risky.limits, memberPointsPerDay: 10 } };
    const never = JSON.parse((await check(capped, "--json")).stdout).warnings;
    assert.ok(never.some(({ why }) => /always refused/.test(why)));
  });

  test("a policy with nothing risky has no warnings", async () => {
    const calm = {
      grants: { visitor: ["getLoyaltyProgram"], member: ["getCurrentMemberAccount", "earn:visit"] },
      ...action({ confirm: "seen" }),
      limits: { callerPerMinute: 60, addressPerMinute: 120, memberPointsPerDay: 50 },
    };
    const { code, stdout } = await check(calm);
    assert.equal(code, 0);
    assert.match(stdout, /No warnings\./);
  });

  test("a file that is none, or no JSON, says so", async () => {
    const none = await runCommand(["policy", "check", path.join(folder, "none.json")]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /can't be read/);
    const broken = await check('{ "grants": {}, }');
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /is not JSON/);
  });
});
