// A redis-server of the test's own, on a unix socket in a folder that goes with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Starts a server that keeps what it is told, as docs/stores.md says: `appendonly yes`.
 *
 * @param {{ args?: string[] }} [options]
 */
export async function startRedis({ args = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-redis-"));
  const socket = join(folder, "redis.sock");
  let child;

  async function start() {
    const flags = ["--unixsocket", socket, "--dir", folder, "--appendonly", "yes"];
    const quiet = ["--port", "0", "--save", "", "--appendfsync", "always", "--loglevel", "notice"];
    child = spawn("redis-server", [...flags, ...quiet, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const piece of child.stdout) {
      said += piece;
      if (/ready to accept connections/i.test(said)) break;
    }
    if (child.exitCode !== null) throw new Error(`redis-server ended:\n${said}`);
    child.stdout.destroy();
  }

  /** As a machine's kernel would: no word, no last write. */
  async function kill() {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  await start();
  return {
    socket,
    start,
    kill,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
