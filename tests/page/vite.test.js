import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { createStatic } from "../../pkg/cli/static.js";
import { become, openDemo, shownBalance, startBoth } from "./demo.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the demo page, built by Vite", () => {
  let folder, both, demo, browser;
  before(async () => {
    // First: a build sets NODE_ENV to production, and there the sandbox does not start.
    both = startBoth();
    [demo, browser] = await both.started;
    const results = path.join(ROOT, "test-results");
    await mkdir(results, { recursive: true });
    folder = await mkdtemp(path.join(results, "vite-"));
    await build({
      root: path.join(ROOT, "www"),
      configFile: false,
      logLevel: "error",
      build: { outDir: folder, emptyOutDir: true },
    });
  });
  after(async () => {
    await both?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test("carries the WebAssembly as a file of its own", async () => {
    const files = await readdir(path.join(folder, "assets"));
    assert.equal(files.filter((name) => name.endsWith(".wasm")).length, 1, files.join(" "));
  });

  test("reads and earns, under the same strict policy without an import map", async () => {
    const site = createStatic({ mounts: [{ prefix: "/", folder }] });
    const { page, complaints, close } = await openDemo(browser, "about:blank");
    const requested = [];
    await page.route(`${demo.ready.demo}**`, async (route) => {
      const url = route.request().url();
      const { pathname } = new URL(url);
      if (pathname.startsWith("/dev/") || pathname.startsWith("/loyalty/")) return route.continue();
      requested.push(pathname);
      const response = await site(new Request(url));
      return route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      });
    });
    await page.goto(demo.ready.demo);
    await become(page, demo.ready.members[0].name);
    const before = await shownBalance(page);
    await page.locator('[data-action="write-review"]').click();
    await page.getByText("50 points earned.").waitFor();
    assert.equal(await shownBalance(page), before + 50);
    assert.ok(requested.some((name) => name.endsWith(".wasm")));
    assert.ok(
      requested.every((name) => !name.startsWith("/package/")),
      requested.join(" "),
    );
    await close();
    assert.deepEqual(complaints, []);
  });
});
