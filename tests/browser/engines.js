// The engines behind one function: open a page, wait until it has set `globalThis.finished`,
// answer that value. Debian's Firefox goes by WebDriver: Playwright's own is a patched build that
// would have to be downloaded.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium as playwright } from "playwright-core";
import { Builder } from "selenium-webdriver";
import { Options, ServiceBuilder } from "selenium-webdriver/firefox.js";
import { tool } from "../../scripts/lib/paths.js";
import { webkit } from "./webkit.js";

const PATIENCE_MS = 120_000;

// Without these Chromium asks its maker's hosts for updates and settings at every start.
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function chromium(url) {
  const browser = await playwright.launch({ executablePath: "/usr/bin/chromium", args: QUIET });
  try {
    const page = await browser.newPage();
    const problem = new Promise((_, reject) => page.once("pageerror", reject));
    await page.goto(url);
    const finished = page.waitForFunction(() => globalThis.finished, null, {
      timeout: PATIENCE_MS,
    });
    return await (await Promise.race([finished, problem])).jsonValue();
  } finally {
    await browser.close();
  }
}

async function firefox(url) {
  const profile = mkdtempSync(join(tmpdir(), "loyalty-edge-firefox-"));
  const options = new Options().setBinary("/usr/bin/firefox-esr");
  options.addArguments("-headless", "-profile", profile);
  const driver = await new Builder()
    .forBrowser("firefox")
    .setFirefoxOptions(options)
    .setFirefoxService(new ServiceBuilder(tool("geckodriver")))
    .build();
  try {
    await driver.get(url);
    const finished = () => driver.executeScript("return globalThis.finished ?? null;");
    await driver.wait(finished, PATIENCE_MS, `${url} did not finish`);
    return await finished();
  } finally {
    await driver.quit();
    rmSync(profile, { recursive: true, force: true });
  }
}

export const engines = { chromium, firefox, webkit };
