import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { openDemo, startBoth } from "./demo.js";

/**
 * Pages of other origins, with a member's valid token in their hands: a stolen token must not make
 * another site's page a page of the shop, and a form needs no token at all.
 */
describe("p15 a page of another origin", () => {
  let both, demo, browser, elsewhere, port;
  before(async () => {
    elsewhere = http.createServer((request, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>elsewhere</title>");
    });
    elsewhere.listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    ({ port } = elsewhere.address());
    // Names that look like the demo's, and lead to the other server.
    const rule = "--host-resolver-rules=MAP *.example 127.0.0.1";
    both = startBoth([rule]);
    [demo, browser] = await both.started;
  });
  after(async () => {
    await both?.stop();
    elsewhere.close();
  });

  const origins = [
    ["foreign", () => `http://evil.example:${port}/`],
    ["look-alike by suffix", () => `http://127.0.0.1.evil.example:${port}/`],
    ["look-alike by name of the host", () => `http://localhost:${port}/`],
    ["look-alike by port", () => `http://127.0.0.1:${port}/`],
  ];

  /** Earns and reads as the page's own code would. Runs in the page. */
  async function attempt({ proxy, token }) {
    const headers = {
      authorization: `Bearer ${token}`,
      "x-loyalty-client": "evil/1",
      "content-type": "application/json",
      "idempotency-key": "11111111-1111-4111-8111-111111111111",
    };
    const read = () => fetch(`${proxy}/loyalty-accounts/v1/accounts/my-account`, { headers });
    const earn = (more) =>
      fetch(`${proxy}/actions/daily-visit`, { method: "POST", headers, body: "{}", ...more });
    const told = (promise) =>
      promise.then(
        (response) => `${response.type} ${response.status}`,
        (error) => error.name,
      );
    return {
      read: await told(read()),
      earn: await told(earn()),
      // Without CORS the browser drops the headers and hides the answer: it may only not act.
      blind: await told(earn({ mode: "no-cors" })),
    };
  }

  for (const [name, url] of origins) {
    test(`${name}: can neither read nor earn`, async () => {
      const [ada] = demo.ready.members;
      const before = await demo.ledger();
      const { page, close } = await openDemo(browser, url());
      const got = await page.evaluate(attempt, { proxy: demo.ready.proxy, token: ada.token });
      await close();
      assert.equal(got.read, "TypeError");
      assert.equal(got.earn, "TypeError");
      assert.ok(["opaque 0", "TypeError"].includes(got.blind), got.blind);
      assert.deepEqual(await demo.ledger(), before);
    });
  }

  test("null, in a sandboxed frame: can neither read nor earn", async () => {
    const [ada] = demo.ready.members;
    const before = await demo.ledger();
    const { page, close } = await openDemo(browser, `http://evil.example:${port}/`);
    const input = JSON.stringify({ proxy: demo.ready.proxy, token: ada.token });
    const got = await page.evaluate(
      ({ code, input }) =>
        new Promise((resolve) => {
          window.addEventListener("message", (event) =>
            resolve({ ...event.data, origin: event.origin }),
          );
          const frame = document.createElement("iframe");
          frame.setAttribute("sandbox", "allow-scripts");
          frame.srcdoc = `<script>(${code})(${input}).then((got) => parent.postMessage(got, "*"))</script>`;
          document.body.append(frame);
        }),
      { code: attempt.toString(), input },
    );
    await close();
    assert.equal(got.origin, "null");
    assert.equal(got.read, "TypeError");
    assert.equal(got.earn, "TypeError");
    assert.deepEqual(await demo.ledger(), before);
  });

  for (const type of ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]) {
    test(`p16 a form of ${type} is refused`, async () => {
      const before = await demo.ledger();
      const { page, close } = await openDemo(browser, `http://evil.example:${port}/`);
      const [response] = await Promise.all([
        page.waitForResponse((answer) => answer.url().includes("/loyalty/")),
        page.evaluate(
          ({ action, type }) => {
            const form = document.createElement("form");
            Object.assign(form, { action, method: "post", enctype: type });
            const field = document.createElement("input");
            Object.assign(field, { name: '{"subject":"', value: '"}' });
            form.append(field);
            document.body.append(form);
            form.submit();
          },
          { action: `${demo.ready.proxy}/actions/daily-visit`, type },
        ),
      ]);
      assert.ok(response.status() >= 400 && response.status() < 500, String(response.status()));
      await close();
      assert.deepEqual(await demo.ledger(), before);
    });
  }

  for (const [name, origin] of [
    ["foreign", "https://evil.example"],
    ["look-alike", (own) => `${own}.evil.example`],
    ["longer port", (own) => `${own}0`],
    ["other scheme", (own) => own.replace("http:", "https:")],
    ["upper case", (own) => own.replace("http", "HTTP")],
    ["null", "null"],
  ]) {
    test(`${name} as a bare header is 403`, async () => {
      const own = new URL(demo.ready.demo).origin;
      const header = typeof origin === "function" ? origin(own) : origin;
      const before = await demo.ledger();
      const response = await demo.call("/actions/daily-visit", {
        token: demo.ready.members[0].token,
        method: "POST",
        body: {},
        headers: { origin: header },
      });
      assert.equal(response.status, 403);
      assert.equal(response.headers.get("access-control-allow-origin"), null);
      assert.deepEqual(await demo.ledger(), before);
    });
  }

  test("while the demo's own page reads and earns", async () => {
    const [ada] = demo.ready.members;
    const { page, close } = await openDemo(browser, demo.ready.demo);
    const got = await page.evaluate(attempt, { proxy: demo.ready.proxy, token: ada.token });
    await close();
    assert.equal(got.read, "basic 200");
    assert.equal(got.earn, "basic 200");
  });
});
