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
test("a server that npx started ends when npx is gone, and frees its port", async (t) => {
  const shell = spawn("sh", ["-c", `"$NODE" "$MAIN" sandbox --json --port 0; true`], {
    env: { ...process.env, NODE: process.execPath, MAIN, npm_lifecycle_event: "npx" },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  t.after(() => endGroup(shell.pid));
  const [line] = await Promise.race([
    once(createInterface({ input: shell.stdout }), "line"),
    once(shell, "exit").then(([status]) => assert.fail(`no ready line, exit ${status}`)),
  ]);
  const { url } = JSON.parse(line);
  const answers = () =>
    fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(Boolean, () => false);
  assert.equal(await answers(), true);

  shell.kill("SIGTERM");
  await once(shell, "exit");
  const deadline = Date.now() + PATIENCE_MS;
  while (await answers()) {
    assert.ok(Date.now() < deadline, `${url} still answers`);
    await sleep(50);
  }
});

/** Ends what the shell left behind, if this test failed. */
function endGroup(id) {
  try {
    process.kill(-id, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
