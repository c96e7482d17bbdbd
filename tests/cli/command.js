import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/**
 * Runs the command as a user's shell would: in a process of its own, by its bin file.
 */

const MAIN = fileURLToPath(new URL("../../pkg/cli/main.js", import.meta.url));
const READY_SECONDS = 30;

/**
 * Runs a command that ends by itself.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string> }} [options]
 */
export async function runCommand(args, { env = {} } = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  const output = collect(child);
  const [code] = await once(child, "close");
  return { code, ...output };
}

/**
 * Starts a server command with `--json` and waits for its ready line.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string> }} [options]
 */
export async function startCommand(args, { env = {} } = {}) {
  const child = spawn(process.execPath, [MAIN, ...args, "--json"], {
    env: { ...process.env, ...env },
  });
  const output = collect(child);
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_SECONDS * 1000);
  const [first] = await Promise.race([once(lines, "line"), closed.then(() => [undefined])]);
  clearTimeout(timer);
  if (first === undefined) {
    throw new Error(`loyalty-edge ${args.join(" ")} printed no ready line:\n${output.stderr}`);
  }
  return {
    child,
    line: first,
    ready: JSON.parse(first),
    output,
    /** Sends the signal and tells how the process ended. */
    async stop(/** @type {NodeJS.Signals} */ signal = "SIGTERM") {
      child.kill(signal);
      const [code, by] = await closed;
      return { code, signal: by };
    },
  };
}

/** @param {import("node:child_process").ChildProcessWithoutNullStreams} child */
function collect(child) {
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (output.stderr += text));
  return output;
}
