// WebKitGTK's MiniBrowser by WebDriver. It needs a display, and without one it hangs: always under xvfb-run.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { Builder } from "selenium-webdriver";

const PATIENCE_MS = 240_000;
const BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export async function webkit(url) {
  const port = await freePort();
  const seconds = String(PATIENCE_MS / 1000 + 60);
  const args = ["-a", "timeout", seconds, "/usr/bin/WebKitWebDriver", `--port=${port}`];
  const display = spawn("xvfb-run", args, { stdio: "ignore", detached: true });
  try {
    const driver = await connect(`http://127.0.0.1:${port}`, display);
    try {
      await driver.get(url);
      const finished = () => driver.executeScript("return globalThis.finished ?? null;");
      await driver.wait(finished, PATIENCE_MS, `${url} did not finish`);
      return await finished();
    } finally {
      await driver.quit();
    }
  } finally {
    process.kill(-display.pid, "SIGTERM");
  }
}

/** The driver is up some time after its start: ask until it answers. */
async function connect(server, { exitCode }) {
  for (let left = 100; ; left -= 1) {
    try {
      await fetch(`${server}/status`);
      break;
    } catch (error) {
      if (left === 0 || exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return new Builder()
    .usingServer(server)
    .withCapabilities({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary: BROWSER, args: ["--automation"] },
    })
    .build();
}
