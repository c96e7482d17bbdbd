// A server on each runtime, on a free port of loopback: Node, workerd, Deno and Bun.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { at, root } from "../../../scripts/lib/paths.js";
import { startWorker } from "../../stores/worker.js";
import { bun, deno } from "../programs.js";

const file = (name) => join("tests", "runtimes", "proxy", name);

/** Starts a program that prints its URL. */
async function start([program, ...args], settings) {
  const child = spawn(program, [...args, JSON.stringify(settings)], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", NODE_ENV: "test" },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true, // a group of its own: npm's deno is a program that starts another
  });
  const ended = once(child, "exit");
  let said = "";
  for await (const piece of child.stdout) {
    said += piece;
    if (said.includes("\n")) break;
  }
  child.stdout.destroy();
  const url = said.trim();
  if (!url.startsWith("http://")) throw new Error(`${program} said ${JSON.stringify(said)}`);
  return {
    url,
    async stop() {
      process.kill(-child.pid, "SIGKILL");
      await ended;
    },
  };
}

async function workerd(settings) {
  const code = readFileSync(at("tests", "runtimes", "proxy", "worker.js"), "utf8");
  const { worker, stop } = await startWorker(
    code,
    (modules) => ({
      ...modules,
      bindings: { SETTINGS: JSON.stringify(settings) },
      host: "127.0.0.1",
      port: 0,
    }),
    at("tests", "runtimes", "proxy"),
  );
  return { url: (await worker.ready).href.replace(/\/$/, ""), stop };
}

const DENO = ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual"];

/** @type {Record<string, (settings: object) => Promise<{ url: string, stop: () => Promise<void> }>>} */
export const RUNTIMES = {
  Node: (settings) => start([process.execPath, file("serve-node.js")], settings),
  workerd,
  Deno: (settings) =>
    start([...deno(), ...DENO, "--allow-net=127.0.0.1", file("serve-deno.js")], settings),
  Bun: (settings) => start([...bun(), "run", file("serve-bun.js")], settings),
};
