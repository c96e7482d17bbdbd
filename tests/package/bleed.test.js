// The client's bytes hold nothing of the proxy: no credential code, no policy, no upstream address.
// Held by construction (separate crates), proved on the files that users install.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { build } from "esbuild";
import { installInto, must, pack, throwaway } from "./tarball.js";

// Words that only the trusted side knows. The positive control finds each in the proxy's bytes, so
// that a word that was renamed there can't let this test pass by looking for nothing.
const OF_THE_PROXY = [
  "wix-site-id",
  "wixapis.com",
  "perMemberPerDay",
  "perSubject",
  "memberPointsPerDay",
  "jwksUri",
];

let app;
before((t) => {
  app = realpathSync(throwaway(t));
  installInto(app, pack(app));
});

const installed = (...parts) => join(app, "node_modules", "loyalty-edge", ...parts);

/** Every module that `import "…"` brings in under a runtime's conditions, found by a bundler. */
async function modulesOf(specifier, condition) {
  const { metafile } = await build({
    stdin: { contents: `export * from ${JSON.stringify(specifier)};`, resolveDir: app },
    absWorkingDir: app,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: condition === "node" ? "node" : "neutral",
    conditions: [condition, "import"],
    loader: { ".wasm": "file" },
    outdir: "out",
    external: ["node:*"],
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs).filter((path) => path !== "<stdin>");
}

/** The words found, each as "word in file". */
const found = (files) =>
  files.flatMap((file) => {
    const bytes = readFileSync(file);
    return OF_THE_PROXY.filter((word) => bytes.includes(word)).map((word) => `${word} in ${file}`);
  });

const wasm = (name) =>
  readdirSync(installed("wasm", name)).map((file) => installed("wasm", name, file));

for (const condition of ["browser", "workerd", "node", "default"]) {
  test(`the client's modules for ${condition} are its own, and hold none of the proxy's words`, async () => {
    const modules = await modulesOf("loyalty-edge", condition);
    assert.ok(modules.length > 5 && modules.some((path) => path.endsWith("client/index.js")));
    const foreign =
      /loyalty-edge[\\/](proxy|sandbox|cli|wasm[\\/](proxy|sandbox))[\\/]|[\\/]jose[\\/]/;
    assert.deepEqual(
      modules.filter((path) => foreign.test(path)),
      [],
    );
    assert.deepEqual(found(modules.map((path) => join(app, path))), []);
  });
}

for (const condition of ["browser", "workerd", "node"]) {
  test(`only Node's proxy brings undici: ${condition}`, async () => {
    const modules = await modulesOf("loyalty-edge/proxy", condition);
    assert.ok(modules.some((path) => path.endsWith("proxy/index.js")));
    const undicis = modules.filter((path) => /[\\/](undici|pool-node|send-node)\b/.test(path));
    assert.equal(undicis.length > 0, condition === "node");
    // Its entry would bring a fetch of its own, and everything else.
    assert.deepEqual(
      undicis.filter((path) => /undici[\\/](index\.js|lib[\\/]mock)/.test(path)),
      [],
    );
  });
}

/** No bundler reads how Bun and Deno take in the wasm. Beside that they bring what workerd's entry and the index do. */
for (const runtime of ["bun", "deno"]) {
  test(`only Node's proxy brings undici: ${runtime}`, () => {
    const importsOf = (...file) =>
      Array.from(
        readFileSync(installed("proxy", ...file), "utf8").matchAll(/from "(.+\.js)"/g),
        ([, specifier]) => specifier,
      );
    const own = importsOf("load", `${runtime}.js`);
    const ofIndex = importsOf("index.js").map((specifier) => `.${specifier}`);
    const known = [...importsOf("load", "workerd.js"), ...ofIndex];
    assert.ok(own.includes("../index.js") && known.includes("../shell.js"));
    assert.deepEqual(
      own.filter((specifier) => !known.includes(specifier)),
      [],
    );
  });
}

test("the client's wasm and glue hold none of the proxy's words", () => {
  const files = wasm("client");
  assert.ok(files.some((file) => file.endsWith(".wasm")));
  assert.deepEqual(found(files), []);
});

test("positive control: the proxy's bytes hold every one of these words", async () => {
  const modules = await modulesOf("loyalty-edge/proxy", "node");
  const hits = found([...modules.map((path) => join(app, path)), ...wasm("proxy")]);
  for (const word of OF_THE_PROXY) {
    assert.ok(
      hits.some((hit) => hit.startsWith(`${word} in `)),
      `${word} is nowhere in the proxy: this check looks for a word that no longer exists`,
    );
  }
});

test("the client crate depends on neither proxy nor sandbox", () => {
  const features = ["--no-default-features", "--features", "bindings"];
  const tree = (crate, flags) =>
    must("cargo", [
      "tree",
      "--locked",
      "-p",
      crate,
      "-e",
      "normal,build",
      "--prefix",
      "none",
      ...flags,
    ]);
  assert.match(tree("loyalty-edge", features), /^loyalty-contract /m);
  assert.doesNotMatch(tree("loyalty-edge", features), /^loyalty-(proxy|sandbox) /m);
  assert.doesNotMatch(tree("loyalty-edge", []), /^loyalty-(proxy|sandbox) /m);
});
