// C12: an app that imports the installed tarball builds, and the wasm reaches the output.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import { installInto, pack, throwaway } from "./tarball.js";

const APP = `
  import { createClient } from "loyalty-edge";
  const { accounts } = createClient({ proxy: "/loyalty" });
  document.title = typeof accounts.getAccount;
`;

let app;
before((t) => {
  app = throwaway(t);
  installInto(app, pack(app));
  mkdirSync(join(app, "src"));
  writeFileSync(join(app, "src", "main.js"), APP);
  writeFileSync(join(app, "index.html"), `<script type="module" src="/src/main.js"></script>`);
});

const client = () =>
  readFileSync(join(app, "node_modules", "loyalty-edge", "wasm", "client", "client_bg.wasm"));

/** The wasm files below a folder, as bytes. */
const wasmIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".wasm"))
    .map((name) => readFileSync(join(folder, name)));

test("c12_vite_builds_and_emits_the_clients_wasm_and_no_other", async () => {
  await vite({ root: app, logLevel: "error", build: { outDir: "vite", assetsInlineLimit: 0 } });
  assert.deepEqual(wasmIn(join(app, "vite")), [client()]);
});

for (const platform of ["browser", "node"]) {
  test(`c12_esbuild_builds_for_${platform}_without_a_warning`, async () => {
    const { warnings, errors, outputFiles } = await esbuild({
      entryPoints: [join(app, "src", "main.js")],
      absWorkingDir: app,
      bundle: true,
      write: false,
      format: "esm",
      platform,
      outdir: join(app, "esbuild"),
      logLevel: "silent",
    });
    assert.deepEqual([...warnings, ...errors], []);
    assert.ok(outputFiles[0].text.includes("createClient"));
  });
}
