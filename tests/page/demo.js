import { chromium } from "playwright-core";
import { startCommand } from "../cli/command.js";

/**
 * The demo as a visitor meets it: `loyalty-edge dev` in a process of its own, and a real Chromium.
 */

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @param {string[]} [flags] */
export const startBrowser = (flags = []) =>
  chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });

/**
 * Starts `dev`, and gives what tests ask of it.
 *
 * @param {string[]} [args]
 */
export async function startDemo(args = []) {
  const dev = await startCommand(["dev", "--port", "0", ...args]);
  const { sandbox, proxy } = dev.ready;
  return {
    ...dev,
    /** The whole ledger, from behind the proxy's back. */
    async ledger() {
      const response = await fetch(`${sandbox.url}/_sandbox/export`, {
        headers: { "x-sandbox-control": "1" },
      });
      if (!response.ok) throw new Error(`The export answered ${response.status}.`);
      // The clock is no part of what was written: it goes on by itself.
      return { ...(await response.json()), clock: undefined };
    },
    /**
     * A call to the proxy from outside any browser.
     *
     * @param {string} path
     * @param {{ token?: string, method?: string, body?: unknown, headers?: Record<string, string> }} [call]
     */
    call: (path, { token, method = "GET", body, headers = {} } = {}) =>
      fetch(proxy + path, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: {
          "x-loyalty-client": "test/1",
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(method === "POST" && { "idempotency-key": crypto.randomUUID() }),
          ...headers,
        },
      }),
  };
}

/**
 * Both, for the tests of one file; `stop` ends whatever of it has started.
 *
 * @param {string[]} [flags] For the browser.
 */
export function startBoth(flags) {
  const demo = startDemo();
  const browser = startBrowser(flags);
  const stop = async () => {
    const [started, opened] = await Promise.allSettled([demo, browser]);
    if (opened.status === "fulfilled") await opened.value.close();
    if (started.status === "fulfilled") await started.value.stop();
  };
  return { started: Promise.all([demo, browser]), stop };
}

/**
 * A fresh tab on the demo. What the page should never do is collected in `complaints`: uncaught
 * errors, violations of its security policy, unexpected lines in the console.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function openDemo(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused request is logged by the browser itself: expected wherever something is forbidden.
    const refused = /^Failed to load resource/.test(message.text());
    if (message.type() === "error" && !refused) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/**
 * Signs in by the page's own buttons.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} who
 */
export async function become(page, who) {
  const chip = page.locator("#who").getByRole("button", { name: who, exact: true });
  await chip.click();
  await page.locator(`#who [aria-pressed="true"]`, { hasText: who }).waitFor();
}

/**
 * The balance that the page shows.
 *
 * @param {import("playwright-core").Page} page
 */
export async function shownBalance(page) {
  const text = await page.locator("#balance .balance-number").textContent();
  return Number(text?.replaceAll(",", ""));
}
