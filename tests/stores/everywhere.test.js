// The stores in Redis and SQLite on Deno and Bun, by the same suite as on Node.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/lib/paths.js";
import { bun, deno } from "../runtimes/programs.js";
import { startRedis } from "./redis-server.js";

const MAIN = join("tests", "stores", "contract-main.js");
const DENO = ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", "--allow-all"];

let server;
let folder;
before(async () => {
  server = await startRedis();
  folder = mkdtempSync(join(tmpdir(), "loyalty-edge-everywhere-"));
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const [runtime, command] of [
  ["Deno", [...deno(), ...DENO]],
  ["Bun", [...bun(), "run"]],
]) {
  test(`${runtime} passes the contract on Redis, by both clients, and on SQLite`, () => {
    const [program, ...args] = [...command, MAIN, server.socket, folder];
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    const { checks, failed } = JSON.parse(stdout.trim().split("\n").at(-1));
    assert.deepEqual(failed, []);
    assert.ok(checks >= 3 * 23, `${checks} checks`);
  });
}
