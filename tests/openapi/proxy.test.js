// L16: schemathesis, with all its checks, against a running proxy over a running sandbox, and what the proxy says of
// itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { apiKey, createProxy, custom } from "loyalty-edge/proxy";
import { serve } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve as serveSandbox } from "loyalty-edge/sandbox/node";
import { at } from "../../scripts/lib/paths.js";
import { schemathesis } from "./schemathesis.js";

/** Fewer, and most of the methods were not tried. */
const LEAST = 3_000;
/** The 25 methods, two actions and their previews, `/me`, `/healthz` and the document. */
const OPERATIONS = 25 + 7;

const policy = JSON.parse(readFileSync(at("pkg", "cli", "dev.policy.json"), "utf8"));
policy.limits = { ...policy.limits, callerPerMinute: 1_000_000, upstreamPerMinute: 1_000_000 };

const sandbox = await createSandbox({ seed: 7 });
const upstream = await serveSandbox(sandbox);
const [ada, ben, cleo] = sandbox.members;
/** Who calls, by their token. */
const CALLERS = {
  member: { role: "member", memberId: ada.memberId, contactId: ada.contactId },
  staff: { role: "staff", memberId: ben.memberId, contactId: ben.contactId },
  admin: { role: "admin", memberId: cleo.memberId, contactId: cleo.contactId },
};
const proxy = createProxy({
  credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
  identify: custom(({ token }) =>
    token === null ? { role: "visitor" } : (CALLERS[token] ?? null),
  ),
  origins: ["https://shop.example"],
  upstream: upstream.url,
  policy,
  confirm: { "review-exists": () => true },
  log() {},
});
const server = await serve(proxy);
after(async () => {
  await server.close();
  await upstream.close();
  sandbox.close();
});
const DOCUMENT = `${server.url}/loyalty/openapi.json`;
const as = (role, more) =>
  schemathesis(DOCUMENT, {
    rules: role === "member" ? "proxy-member.toml" : "proxy.toml",
    headers: { Authorization: `Bearer ${role}` },
    ...more,
  });

describe("the proxy keeps its own description", () => {
  it("l16 says where it is, which actions it has, and nothing of what it has not", async () => {
    const response = await fetch(DOCUMENT);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^application\/json/);
    const document = await response.json();
    assert.equal(document.openapi, "3.1.0");
    assert.deepEqual(document.servers, [{ url: "/loyalty" }]);
    const calls = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    assert.equal(calls.length, OPERATIONS);
    const actions = Object.keys(document.paths).filter((path) => path.startsWith("/actions/"));
    assert.deepEqual(
      actions,
      ["daily-visit", "write-review"].flatMap((name) => [
        `/actions/${name}`,
        `/actions/${name}/preview`,
      ]),
    );
    for (const path of ["/login", "/callback", "/logout"]) {
      assert.equal(document.paths[path], undefined);
    }
    assert.doesNotMatch(JSON.stringify(document), /SANDBOX\./);
    const again = await (await fetch(DOCUMENT)).json();
    assert.deepEqual(again, document);
  });

  for (const role of ["admin", "member"]) {
    it(`l16 in thousands of generated calls, stateful, all checks, as ${role}`, async () => {
      const { status, output, tested, generated } = await as(role);
      assert.equal(status, 0, output);
      // It leaves out the one that it has the document from.
      assert.equal(tested, OPERATIONS - 1);
      assert.ok(generated >= LEAST, `${generated} cases`);
      console.log(`${generated} cases generated as ${role}`);
    });
  }

  it("l16 as staff, who may do less than an admin and more than a member", async () => {
    const { status, output, generated } = await as("staff", { phases: "fuzzing,stateful" });
    assert.equal(status, 0, output);
    console.log(`${generated} cases generated as staff`);
  });
});
