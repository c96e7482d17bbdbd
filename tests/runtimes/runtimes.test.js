// One suite, every runtime: what works in Node and nowhere else works nowhere.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { build as vite } from "vite";
import { at, root } from "../../scripts/lib/paths.js";
import { askWorker } from "../stores/worker.js";
import { bun, deno, vitest } from "./programs.js";

const CASES = 6;
const temporary = mkdtempSync(join(tmpdir(), "loyalty-edge-runtimes-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

/** Runs a program to its end; gives what it printed. */
function run([program, ...before], args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, ...args], {
      cwd: root,
      // Vite, which builds the page below, says "production" to the whole process.
      env: { ...process.env, NO_COLOR: "1", NODE_ENV: "test" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (piece) => (out += piece));
    child.stderr.on("data", (piece) => (err += piece));
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(out);
      else reject(new Error(`${program} ${args.join(" ")} exited with ${status}:\n${out}\n${err}`));
    });
  });
}

function assertPassed({ passed, failed }) {
  assert.deepEqual(failed, []);
  assert.equal(passed.length, CASES);
}

const lastLine = (text) => JSON.parse(text.trim().split("\n").at(-1));
const MAIN = join("tests", "runtimes", "main.js");

describe("the same calls in every runtime", () => {
  it("Node", async () => {
    assertPassed(lastLine(await run([process.execPath], [MAIN])));
  });

  it("Deno, with no permission at all", async () => {
    const args = ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual", MAIN];
    assertPassed(lastLine(await run(deno(), args)));
  });

  it("Bun", async () => {
    assertPassed(lastLine(await run(bun(), ["run", MAIN])));
  });

  it("Bun, bundled", async () => {
    const out = join(temporary, "bun");
    await run(bun(), ["build", MAIN, "--target=bun", `--outdir=${out}`]);
    assertPassed(lastLine(await run(bun(), ["run", join(out, "main.js")])));
  });

  it("Vitest", async () => {
    const config = join("tests", "runtimes", "vitest.config.js");
    const out = join(temporary, "vitest.json");
    await run(vitest(), ["run", "--config", config, "--reporter=json", `--outputFile=${out}`]);
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(out, "utf8"));
    assert.deepEqual([numPassedTests, numTotalTests], [CASES, CASES]);
  });

  it("workerd", async () => {
    const code = readFileSync(at("tests", "runtimes", "worker.js"), "utf8");
    assertPassed(await askWorker(code, at("tests", "runtimes")));
  });
});

describe("Chromium", async () => {
  const out = join(temporary, "site");
  await vite({
    configFile: false,
    root: at("tests", "runtimes"),
    logLevel: "error",
    build: {
      outDir: out,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      target: "es2022",
      rollupOptions: {
        input: at("tests", "runtimes", "page.js"),
        preserveEntrySignatures: "strict",
        output: { entryFileNames: "page.js", chunkFileNames: "[name].js" },
      },
    },
  });
  const server = createServer((request, response) => {
    const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
    const name = request.url.slice(1);
    if (name === "") {
      response.setHeader("content-type", "text/html");
      return response.end('<!doctype html><title>runtimes</title><link rel="icon" href="data:,">');
    }
    try {
      const bytes = readFileSync(join(out, ...name.split("/").filter((part) => part !== "..")));
      response.setHeader("content-type", types[extname(name)] ?? "application/octet-stream");
      return response.end(bytes);
    } catch {
      return response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  const open = async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return page;
  };

  it("in a page", async () => {
    const page = await open();
    assertPassed(
      await page.evaluate(async () => {
        await import("/page.js");
        return globalThis.runInPage();
      }),
    );
  });

  it("in a service worker", async () => {
    const page = await open();
    assertPassed(
      await page.evaluate(async () => {
        const { serviceWorker } = navigator;
        await serviceWorker.register("/page.js", { type: "module" });
        const { active } = await serviceWorker.ready;
        const answer = new Promise((resolve) => {
          serviceWorker.addEventListener("message", ({ data }) => resolve(data));
        });
        serviceWorker.startMessages();
        active.postMessage("run");
        return answer;
      }),
    );
  });
});
