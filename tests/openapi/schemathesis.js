// Runs schemathesis against a server and what it says of itself.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "../../scripts/lib/paths.js";

/** LOYALTY_EXAMPLES asks for more than the short run. */
const EXAMPLES = process.env.LOYALTY_EXAMPLES ?? "4";
const PHASES = "examples,coverage,fuzzing,stateful";

/**
 * @param {string} document URL of the document.
 * @param {{ rules: string, headers: Record<string, string>, phases?: string, only?: string[] }} options `rules` is a
 *   file of this folder; `only` are names of calls.
 */
export async function schemathesis(document, { rules, headers, phases = PHASES, only = [] }) {
  const args = [
    "--config-file",
    at("tests", "openapi", rules),
    "run",
    document,
    ...Object.entries(headers).map(([name, value]) => `--header=${name}: ${value}`),
    ...only.map((name) => `--include-operation-id=${name}`),
    `--phases=${phases}`,
    "--seed=7",
    `--max-examples=${EXAMPLES}`,
    "--no-color",
  ];
  const temporary = mkdtempSync(join(tmpdir(), "loyalty-edge-openapi-"));
  try {
    const { status, output } = await run(args, temporary);
    const number = (pattern) => Number(output.match(pattern)?.[1] ?? 0);
    return {
      status,
      output: output.slice(-20_000),
      tested: number(/Tested: (\d+)/),
      generated: number(/(\d+) generated/),
    };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function run(args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(at(".tools", "schemathesis", "bin", "schemathesis"), args, {
      // Its own records go where they are thrown away.
      cwd,
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
