import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { auditLine, verdictLine } from "../../pkg/cli/log.js";
import { devSummary, sandboxSummary } from "../../pkg/cli/summary.js";
import { columns, paint, printable } from "../../pkg/cli/terminal.js";

const ESCAPE = "\u001b";

describe("colours", () => {
  const cases = [
    ["a terminal", { isTTY: true }, {}, true],
    ["a pipe", { isTTY: false }, {}, false],
    ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR, which means nothing", { isTTY: true }, { NO_COLOR: "" }, true],
    ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false],
  ];
  for (const [name, stream, env, coloured] of cases) {
    test(`${coloured ? "with" : "without"}: ${name}`, () => {
      assert.equal(paint(stream, env).bold("x").includes(ESCAPE), coloured);
    });
  }

  test("don't shift columns", () => {
    const { bold } = paint({ isTTY: true }, {});
    const plain = columns([
      ["a", "b"],
      ["long", "c"],
    ]);
    const coloured = columns(
      [
        ["a", "b"],
        ["long", "c"],
      ],
      [bold],
    );
    assert.equal(coloured.replace(/\u001b\[\d+m/g, ""), plain);
  });
});

describe("what comes from outside", () => {
  test("can't write control characters or a second line", () => {
    assert.equal(printable("Ada\n\u001b[2J\u0000"), "Ada??[2J?");
    const line = auditLine({ target: "a\nb\u2028c" });
    assert.equal(line.split("\n").length, 2);
  });
});

describe("a verdict for a person", () => {
  const record = {
    phase: "outcome",
    at: "2026-01-02T03:04:05.678Z",
    caller: { role: "member" },
    operation: "earn",
    action: "daily-visit",
    amount: 5,
    after: 932,
    status: 200,
  };
  const pipe = { isTTY: false };

  test("is one short line, and none for an intent", () => {
    assert.equal(verdictLine(record, pipe), "  03:04:05  member  earn:daily-visit +5 = 932  200\n");
    assert.equal(verdictLine({ ...record, phase: "intent" }, pipe), "");
  });

  test("of a refusal names the code and no points", () => {
    const refused = { ...record, status: 403, code: "LIMIT_REACHED\n" };
    const line = "  03:04:05  member  earn:daily-visit  403 LIMIT_REACHED?\n";
    assert.equal(verdictLine(refused, pipe), line);
  });
});

describe("the summary", () => {
  const members = [{ name: "A\u001b[2Jda", memberId: "m1", accountId: "a1", token: "TOKEN" }];
  const sandbox = { url: "http://127.0.0.1:2", apiKey: "SANDBOX.k", siteId: "s", members };

  test("of dev names the addresses, the people and a line to paste", () => {
    const text = devSummary(
      { demo: "http://127.0.0.1:1/", proxy: "http://127.0.0.1:1/loyalty", sandbox, members },
      { isTTY: false },
    );
    for (const part of ["http://127.0.0.1:1/", "/loyalty", "http://127.0.0.1:2", "m1", "curl"]) {
      assert.ok(text.includes(part), part);
    }
    assert.equal(text.includes(ESCAPE), false);
    assert.equal(text.includes("SANDBOX."), false, "the credential is not what a page needs");
  });

  test("of the sandbox names the credential, which is play money's", () => {
    const text = sandboxSummary(sandbox, { isTTY: false });
    assert.ok(text.includes("SANDBOX.k") && text.includes("a1"));
  });

  test("of the sandbox says where the ledger is", () => {
    const said = (kept) => sandboxSummary(sandbox, { isTTY: false }, kept);
    assert.ok(said({}).includes("The ledger lives in memory."));
    const inFile = said({ db: "dev\u001b[2J.db" });
    assert.ok(inFile.includes("The ledger is kept in dev?[2J.db."));
    assert.equal(inFile.includes("memory"), false);
  });
});
