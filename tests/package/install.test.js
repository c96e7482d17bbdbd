// The tarball, installed as a user would: it imports, its three parts work together, its types
// compile, its command runs.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, test } from "node:test";
import { nodeBin } from "../../scripts/lib/paths.js";
import { installInto, must, pack, throwaway } from "./tarball.js";

let app;
before((t) => {
  app = throwaway(t);
  installInto(app, pack(app));
});

/** What a module prints; a warning on standard error fails the test. */
function runModule(name, source) {
  writeFileSync(join(app, name), source);
  const { status, stdout, stderr } = spawnSync("node", [name], { cwd: app, encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return stdout.trim();
}

for (const [part, name] of [
  ["loyalty-edge", "createClient"],
  ["loyalty-edge/proxy", "createProxy"],
  ["loyalty-edge/sandbox", "createSandbox"],
]) {
  test(`${part} imports in Node, without a word on standard error`, () => {
    const source = `const { ${name} } = await import("${part}"); console.log(typeof ${name});`;
    assert.equal(runModule("import.js", source), "function");
  });
}

test("the page's answer comes through proxy and sandbox, all three from the tarball", () => {
  const source = `
    import { createClient } from "loyalty-edge";
    import { apiKey, createProxy, custom } from "loyalty-edge/proxy";
    import { createSandbox } from "loyalty-edge/sandbox";
    const lines = [];
    const sandbox = await createSandbox({ seed: 7 });
    const [{ memberId, contactId, accountId }] = sandbox.members;
    const proxy = createProxy({
      credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
      identify: custom(() => ({ role: "member", memberId, contactId })),
      origins: ["https://shop.example"],
      upstream: "http://127.0.0.1:9",
      policy: { grants: { member: ["getCurrentMemberAccount"] } },
      log: (line) => lines.push(JSON.parse(line)),
      fetch: (...args) => sandbox.fetch(new Request(...args)),
    });
    const { accounts } = createClient({
      proxy: "https://shop.example/loyalty",
      token: () => "any",
      fetch: (...args) => proxy.fetch(new Request(...args)),
    });
    const { account } = await accounts.getCurrentMemberAccount();
    const { operation } = lines.at(-1);
    console.log(JSON.stringify([account._id === accountId, typeof account.points.balance, operation]));
    sandbox.close();
  `;
  const said = JSON.parse(runModule("through.js", source));
  assert.deepEqual(said, [true, "number", "getCurrentMemberAccount"]);
});

test("the command runs from the tarball, demo page included", async () => {
  const command = join(app, "node_modules", ".bin", "loyalty-edge");
  const child = spawn(command, ["dev", "--json", "--port", "0"], { cwd: app });
  try {
    const failed = once(child, "exit").then(([status]) => assert.fail(`dev ended with ${status}`));
    const ready = once(createInterface(child.stdout), "line").then(([line]) => JSON.parse(line));
    const { event, demo } = await Promise.race([ready, failed]);
    assert.equal(event, "ready");
    const page = await fetch(demo);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /loyalty-edge/);
  } finally {
    child.kill();
    await once(child, "close");
  }
});

for (const [module, moduleResolution] of [
  ["esnext", "bundler"],
  ["node16", "node16"],
  ["nodenext", "nodenext"],
]) {
  test(`the types compile under ${moduleResolution}, and refuse what is wrong`, () => {
    const source = readFileSync(new URL("./consumer.ts", import.meta.url), "utf8");
    writeFileSync(join(app, "consumer.ts"), source);
    const flags = ["--module", module, "--moduleResolution", moduleResolution];
    const strict = [
      "--noEmit",
      "--strict",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom,dom.iterable",
    ];
    must(nodeBin("tsc"), [...strict, "--ignoreConfig", ...flags, "consumer.ts"], { cwd: app });
  });
}
