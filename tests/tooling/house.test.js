// Rules of the house that no linter knows.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sameVersions } from "../../scripts/lib/lockfile.js";
import { at, root } from "../../scripts/lib/paths.js";
import { RUST, WASM_BINDGEN } from "../../scripts/lib/pins.js";
import { atLeast } from "../../scripts/lib/requirements.js";
import { suites, testFiles } from "../../scripts/lib/suites.js";

const read = (...parts) => readFileSync(at(...parts), "utf8");
const json = (...parts) => JSON.parse(read(...parts));

test("every test file belongs to exactly one suite", () => {
  const all = testFiles("").map((file) => join(file));
  const claimed = suites.flatMap(({ files }) => files?.() ?? []).map((file) => join(file));
  assert.ok(all.length > 0);
  assert.deepEqual(claimed.sort(), all.sort());
});

test("every suite has a script of its own", () => {
  const { scripts } = json("package.json");
  for (const { name } of suites) {
    assert.equal(scripts[`test:${name}`], `node scripts/test.js ${name}`);
  }
});

test("the pinned tools are those the manifests name", () => {
  const manifest = read("Cargo.toml");
  assert.match(manifest, new RegExp(`^wasm-bindgen = "=${WASM_BINDGEN}"$`, "m"));
  assert.match(manifest, new RegExp(`^rust-version = "${RUST}"$`, "m"));
  const lock = read("Cargo.lock");
  assert.match(lock, new RegExp(`name = "wasm-bindgen"\nversion = "${WASM_BINDGEN}"`));
});

test("every npm dependency is pinned to one version", () => {
  for (const manifest of [json("package.json"), json("pkg", "package.json")]) {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    assert.ok(versions.length > 0);
    for (const [name, version] of versions) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test("the change log knows the version of both manifests", () => {
  const { version } = json("pkg", "package.json");
  assert.match(read("Cargo.toml"), new RegExp(`^version = "${version}"$`, "m"));
  assert.ok(read("CHANGELOG.md").includes(`## ${version}`));
});

test("no committed file names a folder of somebody's machine or a registry's host", () => {
  const { stdout } = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  const files = stdout
    .split("\0")
    .filter((file) => file !== "" && !/\.(png|ico|woff2?)$/.test(file));
  assert.ok(files.length > 20);
  const forbidden =
    /\/(?:home|Users)\/\w+\/|\/work\/\w|\/root\/\w|registry\.npmjs|index\.crates\.io/;
  const self = join("tests", "tooling", "house.test.js");
  const offenders = files.filter((file) => file !== self && forbidden.test(readIfThere(file)));
  assert.deepEqual(offenders, []);
});

// A file can be listed by git and just have been deleted by hand.
function readIfThere(file) {
  try {
    return read(file);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return "";
  }
}

test("versions compare by number, not by letter", () => {
  assert.ok(atLeast("1.95.0", "1.95"));
  assert.ok(atLeast("1.100.0", "1.95"));
  assert.ok(atLeast("2.0.0", "1.95"));
  assert.ok(!atLeast("1.94.9", "1.95"));
});

test("node_modules matches the lock file only with every required package in its version", () => {
  const locked = {
    "": { version: "0.0.0" },
    pkg: { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0", optional: true },
  };
  const a = { version: "1.0.0" };
  assert.equal(sameVersions(locked, { "node_modules/a": a }), true);
  assert.equal(sameVersions(locked, {}), false);
  assert.equal(sameVersions(locked, { "node_modules/a": { version: "1.0.1" } }), false);
  assert.equal(
    sameVersions(locked, { "node_modules/a": a, "node_modules/b": { version: "1.0.0" } }),
    false,
  );
});
