import { readFile } from "node:fs/promises";
import { checkPolicy } from "loyalty-edge/proxy";
import { CommandError, UsageError } from "./problems.js";
import { matrixTable } from "./policy-table.js";
import { paint } from "./terminal.js";

/**
 * `loyalty-edge policy check`: what the proxy makes of a policy. It asks the proxy's own reader.
 *
 * Mistakes end with 1, warnings don't: a risk may be meant.
 *
 * @param {{ file: string, explain?: [caller: string, operation: string], json?: boolean }} flags
 */
export async function policyCheck({ file, explain, json }) {
  const policy = await readPolicy(file);
  const [role, operation] = explain ?? [];
  const report = await checkPolicy(policy, explain && { role, operation });
  const { mistakes, explanation } = report;
  if (explanation !== undefined && "error" in explanation)
    throw new UsageError(`${explanation.error}.`);
  if (mistakes.length > 0) process.exitCode = 1;
  const { stdout } = process;
  if (json) {
    stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (mistakes.length > 0) {
    stdout.write(mistakesText(file, mistakes, stdout));
  } else if (explanation !== undefined) {
    stdout.write(explanationText(explanation, stdout));
  } else {
    stdout.write(`${matrixTable(report.matrix, stdout)}\n${warningsText(report.warnings, stdout)}`);
  }
}

/** @param {string} file */
async function readPolicy(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new CommandError(`${file} can't be read.`, "Give the path of a policy's JSON file.", {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `${file} is not JSON: ${reason}.`,
      "Comments and trailing commas are not JSON.",
      {
        cause: error,
      },
    );
  }
}

/**
 * @param {string} file
 * @param {{ path: string, message: string }[]} mistakes
 * @param {NodeJS.WriteStream} stream
 */
function mistakesText(file, mistakes, stream) {
  const { bold, red } = paint(stream);
  const lines = mistakes.map(({ path, message }) => `  ${bold(path)}\n    ${message}\n`);
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  return `${bold(red(`${file}: ${count}`))}; no proxy starts with it\n\n${lines.join("")}`;
}

/**
 * @param {{ caller: string, operation: string, verdict: string, because: string[] }} explanation
 * @param {NodeJS.WriteStream} stream
 */
function explanationText({ caller, operation, verdict, because }, stream) {
  const { bold } = paint(stream);
  const said = {
    any: `${caller} may ${operation}, of any account`,
    own: `${caller} may ${operation}, of the own account`,
    no: `${caller} may not ${operation}`,
  }[verdict];
  return `${bold(String(said))}\n${because.map((line) => `  - ${line}\n`).join("")}`;
}

/**
 * @param {{ path: string, why: string, mend: string }[]} warnings
 * @param {NodeJS.WriteStream} stream
 */
function warningsText(warnings, stream) {
  const { bold, dim } = paint(stream);
  if (warnings.length === 0) return "No warnings.\n";
  const lines = warnings.map(
    ({ path, why, mend }) => `  ${bold(path)}\n    ${why}\n    ${dim(`mend: ${mend}`)}\n`,
  );
  return `${warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`}\n\n${lines.join("")}`;
}
