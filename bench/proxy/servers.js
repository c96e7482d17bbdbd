// The servers, each a process of its own that tells its port, and what the system says of such a process.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { at, root } from "../../scripts/lib/paths.js";
import { bun } from "../../tests/runtimes/programs.js";
import { makeWorker } from "./worker.js";

const { resolve } = createRequire(import.meta.url);
const inside = (name) => resolve(`${name}/package.json`).replace(/package\.json$/, "");
const binary = `${process.platform}-${process.arch === "arm64" ? "arm64" : "64"}`;
/** npm's own starters are programs that start another: here its process time is asked for. */
export const workerdBinary = () => join(inside(`@cloudflare/workerd-${binary}`), "bin", "workerd");
const denoBinary = () => {
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const kind = process.platform === "linux" ? `linux-${arch}-glibc` : `${process.platform}-${arch}`;
  return join(inside(`@deno/${kind}`), "deno");
};

const canPin = spawnSync("taskset", ["--version"]).status === 0 && availableParallelism() > 1;
/** The servers have one processor to themselves; load and upstream share another. */
export const pinned = canPin;

/**
 * Starts a program that says its port.
 *
 * @param {string[]} command
 * @param {{ processor?: number, fd?: number, read?: (line: string) => number }} [options] `fd`: where it says it.
 */
export async function start(command, { processor = 0, fd = 1, read = Number } = {}) {
  const [program, ...args] = canPin ? ["taskset", "-c", String(processor), ...command] : command;
  const stdio = ["pipe", fd === 1 ? "pipe" : "inherit", "inherit", "pipe"];
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", NODE_ENV: "bench" },
    stdio,
  });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const gone = ended.then(([code, signal]) => {
    throw new Error(`${command[0]} ended by ${signal ?? code} before it listened`);
  });
  gone.catch(() => {});
  const port = await Promise.race([firstLine(child.stdio[fd]), gone]).then(read);
  return { child, pid: child.pid, port, stop };
}

async function firstLine(stream) {
  let said = "";
  for await (const piece of stream.iterator({ destroyOnReturn: false })) {
    said += piece;
    if (said.includes("\n")) break;
  }
  return said.slice(0, said.indexOf("\n"));
}

const file = (name) => at("bench", "proxy", "serve", name);
const program = (command) => (_folder, contender, settings) =>
  start([...command, contender, JSON.stringify(settings)]);

/** @type {Record<string, (folder: string, contender: string, settings: object) => ReturnType<typeof start>>} */
export const RUNTIMES = {
  Node: program([process.execPath, file("node.js")]),
  async workerd(folder, contender, settings) {
    const { config } = await makeWorker(join(folder, contender), contender, settings);
    const args = ["serve", config, "--control-fd=3"];
    return start([workerdBinary(), ...args], { fd: 3, read: (line) => JSON.parse(line).port });
  },
  Deno: program([
    ...[denoBinary(), "run", "--no-prompt", "--cached-only", "--node-modules-dir=manual"],
    ...["--allow-net=127.0.0.1", "--allow-env", "--allow-read", file("deno.js")],
  ]),
  Bun: program([...bun(), "run", file("bun.js")]),
};

const TICK_MS = 10;

/** Processor time that a process has used, in milliseconds, all of its threads. */
export function cpuMs(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory of a process in megabytes. */
export const memoryMb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
