// P12: hundreds of tokens, made anew with each run, judged by every runtime, each alike.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import * as proxy from "loyalty-edge/proxy";
import { Miniflare } from "miniflare";
import { at, root } from "../../scripts/lib/paths.js";
import { bun, deno } from "../runtimes/programs.js";
import { judge } from "./vectors/judge.js";
import { NAMES, makeVectors } from "./vectors/make.js";

// Inside the checkout, where `loyalty-edge` is found by its name.
mkdirSync(at("test-results"), { recursive: true });
const folder = mkdtempSync(at("test-results", "vectors-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const judgeUrl = new URL("./vectors/judge.js", import.meta.url).pathname;
const main = join(folder, "main.js");
const worker = join(folder, "worker.js");
let data;
before(async () => {
  data = await makeVectors();
  writeFileSync(join(folder, "data.js"), `export default ${JSON.stringify(data)};`);
  const imports = `
    import * as proxy from "loyalty-edge/proxy";
    import { judge } from ${JSON.stringify(judgeUrl)};
    import data from "./data.js";`;
  writeFileSync(main, `${imports}\nconsole.log(JSON.stringify(await judge(proxy, data)));`);
  writeFileSync(
    worker,
    `${imports}\nexport default { fetch: async () => Response.json(await judge(proxy, data)) };`,
  );
});

/** Every verdict as it must be. */
function assertRight(verdicts) {
  const expected = data.vectors.map(([name, , isGood]) => [name, isGood ? "accepted" : "refused"]);
  assert.deepEqual(verdicts, expected);
}

function run([program, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, main], {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (piece) => (out += piece));
    child.stderr.on("data", (piece) => (err += piece));
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0 ? resolve(JSON.parse(out)) : reject(new Error(`exited with ${status}: ${err}`)),
    );
  });
}

test("p12_there_are_enough_vectors_and_each_algorithm_has_its_share", () => {
  const { vectors } = data;
  assert.ok(vectors.length >= 300, `${vectors.length} vectors`);
  assert.equal(new Set(vectors.map(([name]) => name)).size, vectors.length, "each has a name");
  for (const name of NAMES) {
    const share = vectors.filter(([each]) => each.startsWith(`${name}: `));
    assert.equal(share.filter(([, , isGood]) => isGood).length, 5, name);
    assert.ok(share.length >= 50, `${name}: ${share.length}`);
  }
});

test("p12_the_algorithms_are_all_that_the_proxy_takes", async () => {
  const { SUPPORTED_ALGORITHMS } = await import("../../pkg/proxy/identify/jwt.js");
  assert.deepEqual([...SUPPORTED_ALGORITHMS].sort(), [...NAMES].sort());
});

test("p12_vectors_on_node", async () => {
  assertRight(await judge(proxy, data));
});

test("p12_vectors_on_workerd", async () => {
  const out = join(folder, "workerd");
  await build({
    entryPoints: [worker],
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
    outdir: out,
    logLevel: "error",
  });
  const modules = readdirSync(out).map((name) => ({
    type: extname(name) === ".wasm" ? "CompiledWasm" : "ESModule",
    path: join(out, name),
  }));
  modules.sort((a, b) => Number(b.type === "ESModule") - Number(a.type === "ESModule"));
  const flare = new Miniflare({ compatibilityDate: "2026-01-01", modulesRoot: out, modules });
  try {
    assertRight(await (await flare.dispatchFetch("http://worker/")).json());
  } finally {
    await flare.dispose();
  }
});

test("p12_vectors_on_deno_without_permissions", async () => {
  const flags = ["run", "--no-prompt", "--cached-only", "--node-modules-dir=manual"];
  assertRight(await run([...deno(), ...flags]));
});

test("p12_vectors_on_bun", async () => {
  assertRight(await run([...bun(), "run"]));
});
