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
    assert.match(output, /Tested: 25/);
    assert.ok(Number(generated) >= LEAST, `${generated} cases`);
    console.log(`${generated} cases generated`);
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
