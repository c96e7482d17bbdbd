// Whom `verify` may attack.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { permissionFor } from "../../pkg/cli/verify/permission.js";
import { runCommand } from "../cli/command.js";

const ask = (url, asked = {}) => permissionFor(new URL(url), asked);

describe("permission", () => {
  for (const url of [
    "http://127.0.0.1:4180/loyalty",
    "http://127.8.9.1/",
    "http://localhost:4180/loyalty",
    "https://[::1]:8443/loyalty",
    "http://2130706433/", // 127.0.0.1, as a number
  ]) {
    test(`p38_this_machine_without_asking ${url}`, () => {
      assert.deepEqual(ask(url), { allowed: true, loopback: true, writes: true });
    });
  }

  for (const url of [
    "https://shop.example/loyalty",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "http://128.0.0.1/",
    "http://0.0.0.0/",
    "http://192.168.1.4/",
    "http://[::ffff:8.8.8.8]/",
  ]) {
    test(`p38_another_host_only_by_name ${url}`, () => {
      const { hostname } = new URL(url);
      const refused = ask(url);
      assert.equal(refused.allowed, false);
      assert.match(refused.hint, /--i-am-allowed-to-test/);
      const granted = ask(url, { allowedHost: hostname });
      assert.deepEqual(granted, { allowed: true, loopback: false, writes: false });
    });
  }

  test("p38_the_name_must_be_the_same", () => {
    const url = "https://api.shop.example:8443/loyalty";
    for (const allowedHost of [
      "shop.example",
      "*",
      "*.shop.example",
      "api.shop.example:443",
      "https://api.shop.example",
      "",
    ]) {
      assert.equal(ask(url, { allowedHost }).allowed, false, allowedHost);
    }
    for (const allowedHost of ["api.shop.example", "API.shop.example", "api.shop.example:8443"]) {
      assert.equal(ask(url, { allowedHost }).allowed, true, allowedHost);
    }
  });

  test("p38_writes_on_another_host_only_if_asked_for", () => {
    const url = "https://shop.example/loyalty";
    const allowedHost = "shop.example";
    assert.equal(ask(url, { allowedHost }).writes, false);
    assert.equal(ask(url, { allowedHost, writes: true }).writes, true);
    assert.equal(ask(url, { writes: true }).allowed, false, "--writes is no leave");
  });

  test("p38_no_password_no_query_in_the_url", () => {
    for (const url of [
      "http://a:b@127.0.0.1/",
      "http://127.0.0.1@evil.example/",
      "http://127.0.0.1/?x",
      "http://127.0.0.1/#x",
    ]) {
      assert.equal(ask(url).allowed, false, url);
    }
  });
});

describe("the command", () => {
  const wrong = [
    [["verify"], /URL is missing/],
    [["verify", "shop.example"], /--url takes an http or https URL|takes an http or https URL/],
    [
      ["verify", "https://shop.example/loyalty"],
      /not this machine[^]*--i-am-allowed-to-test shop\.example/,
    ],
    [["verify", "https://shop.example/", "--i-am-allowed-to-test", "example"], /must be the same/],
    [["verify", "http://127.0.0.1:1/loyalty"], /Nothing answers at http:\/\/127\.0\.0\.1:1/],
    [["verify", "http://127.0.0.1:1/", "http://127.0.0.1:2/"], /Unexpected argument/],
    [["verify", "http://127.0.0.1:1/", "--membr", "x"], /Did you mean --member/],
    [["verify", "http://127.0.0.1:1/", "--rate", "0"], /--rate takes a whole number from 1/],
  ];
  for (const [args, message] of wrong) {
    test(`p38_exit_code_2 ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await runCommand(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.equal(stdout, "");
    });
  }
});
