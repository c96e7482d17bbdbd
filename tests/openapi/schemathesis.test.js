// L16: schemathesis, with all its checks, against the sandbox and what the sandbox says of itself. LOYALTY_EXAMPLES
// asks for more than the short run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";
import { at } from "../../scripts/lib/paths.js";

const EXAMPLES = process.env.LOYALTY_EXAMPLES ?? "4";
/** Fewer, and most of the methods were not tried. */
const LEAST = 5_000;
/** The 25 methods, their 19 neighbours, and the calls of tokens, of jobs and of the document. */
const OPERATIONS = 25 + 19 + 6;

const sandbox = await createSandbox({ seed: 7 });
const server = await serve(sandbox);
const temporary = mkdtempSync(join(tmpdir(), "loyalty-edge-openapi-"));
after(async () => {
  await server.close();
  sandbox.close();
  rmSync(temporary, { recursive: true, force: true });
});

function schemathesis(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(at(".tools", "schemathesis", "bin", "schemathesis"), args, {
      // Its own records go where they are thrown away.
      cwd: temporary,
      env: {
        ...process.env,
        SCHEMATHESIS_HOOKS: "hooks",
        PYTHONPATH: at("tests", "openapi"),
        PYTHONDONTWRITEBYTECODE: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (piece) => (output += piece));
    child.stderr.on("data", (piece) => (output += piece));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

describe("the sandbox keeps its own description", () => {
  it("l16 in thousands of generated calls, stateful, all checks", async () => {
    const { status, output } = await schemathesis([
      "--config-file",
      at("tests", "openapi", "schemathesis.toml"),
      "run",
      `${server.url}/openapi.json`,
      `--header=Authorization: ${sandbox.apiKey}`,
      `--header=wix-site-id: ${sandbox.siteId}`,
      "--phases=examples,coverage,fuzzing,stateful",
      "--seed=7",
      `--max-examples=${EXAMPLES}`,
      "--no-color",
    ]);
    const [, generated] = output.match(/(\d+) generated/) ?? [];
    assert.equal(status, 0, output.slice(-6_000));
    assert.match(output, new RegExp(`Tested: ${OPERATIONS}`));
    assert.ok(Number(generated) >= LEAST, `${generated} cases`);
    console.log(`${generated} cases generated`);
  });

  it("l16 says of every call that the sandbox answers which statuses it has, and none that can't be", async () => {
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    const calls = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    assert.equal(calls.length, OPERATIONS);
    assert.equal(new Set(calls.map(({ operationId }) => operationId)).size, OPERATIONS);
    const known = ["200", "400", "401", "403", "404", "405", "409", "428", "429"];
    for (const { operationId, responses } of calls) {
      for (const status of Object.keys(responses)) {
        assert.ok(known.includes(status), `${operationId} ${status}`);
      }
    }
  });

  it("l16 without a credential, at /openapi.json, for every version of the path", async () => {
    for (const path of ["/openapi.json", "/_api/openapi.json"]) {
      const response = await fetch(`${server.url}${path}`);
      assert.equal(response.status, 200);
      assert.equal((await response.json()).openapi, "3.1.0");
    }
    const wrong = await fetch(`${server.url}/openapi.json`, { method: "POST" });
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET"]);
  });
});
