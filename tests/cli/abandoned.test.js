import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../pkg/cli/main.js", import.meta.url));
const PATIENCE_MS = 10_000;

// As npx does it: a shell between, that a signal ends and that passes nothing on.
test("a server that npx started ends when npx is gone, and frees its port", async () => {
  const shell = spawn("sh", ["-c", `"$NODE" "$MAIN" sandbox --json --port 0; true`], {
    env: { ...process.env, NODE: process.execPath, MAIN, npm_lifecycle_event: "npx" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: shell.stdout }), "line");
  const { url } = JSON.parse(line);
  const answers = () => fetch(url).then(Boolean, () => false);
  assert.equal(await answers(), true);

  shell.kill("SIGTERM");
  await once(shell, "exit");
  const deadline = Date.now() + PATIENCE_MS;
  while (await answers()) {
    assert.ok(Date.now() < deadline, `${url} still answers`);
    await sleep(50);
  }
});
