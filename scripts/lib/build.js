// The build, incremental: cargo knows which sources a binary depends on, and what comes after
// cargo is redone only if cargo's output (or a tool) has changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { at, nodeBin, targetDir, tool, toolsDir } from "./paths.js";
import { WASM_BINDGEN } from "./pins.js";
import { Failure, run, say } from "./process.js";
import { ensure, toBuild } from "./requirements.js";

const TARGET = "wasm32-unknown-unknown";

// One cargo call each: in a common call cargo would give the client the features that the proxy
// asks of the contract crate.
const BINARIES = [
  {
    name: "client",
    crate: "loyalty-edge",
    flags: ["--no-default-features", "--features", "bindings"],
  },
  { name: "proxy", crate: "loyalty-proxy", flags: [] },
  { name: "sandbox", crate: "loyalty-sandbox", flags: [] },
];

/** Installs what the build needs, then builds what is out of date. */
export function build() {
  ensure(toBuild);
  if (!existsSync(at("Cargo.lock")))
    throw new Failure("Cargo.lock is missing: restore it from git.");
  say("building: types and functions from the endpoint table");
  run("cargo", ["run", "--locked", "--quiet", "-p", "loyalty-codegen"]);
  for (const binary of BINARIES) buildBinary(binary);
}

function buildBinary({ name, crate, flags }) {
  say(`building: ${name}.wasm`);
  run("cargo", [
    "build",
    "--locked",
    "--quiet",
    "--release",
    "--target",
    TARGET,
    "-p",
    crate,
    "--lib",
    ...flags,
  ]);
  const compiled = join(targetDir, TARGET, "release", `${crate.replaceAll("-", "_")}.wasm`);
  const folder = at("pkg", "wasm", name);
  const stamp = new Stamp(name, compiled, folder);
  if (stamp.isCurrent()) return;

  rmSync(folder, { recursive: true, force: true });
  const out = ["--out-dir", folder, "--out-name", name];
  run(tool("wasm-bindgen"), [compiled, "--target", "web", "--no-typescript", ...out]);
  takeOutDefaultUrl(join(folder, `${name}.js`));
  // No feature flags: with --all-features the module no longer loads in Node 20.
  const wasm = join(folder, `${name}_bg.wasm`);
  run(nodeBin("wasm-opt"), ["-Oz", wasm, "-o", wasm]);
  stamp.write();
}

/**
 * The glue falls back to `new URL("…wasm", import.meta.url)`. Bundlers follow it and emit a second
 * copy of the file, or fail; our loaders always say where the wasm is.
 */
function takeOutDefaultUrl(file) {
  const glue = readFileSync(file, "utf8");
  const parts = glue.split(/^ *module_or_path = new URL\([^)]*import\.meta\.url\);\n/m);
  if (parts.length !== 2) {
    throw new Failure(`wasm-bindgen's glue has changed: expected one default URL in ${file}.`);
  }
  writeFileSync(file, parts.join(""));
}

/** Remembers from which input a folder was made, and what was put there. */
class Stamp {
  constructor(name, input, folder) {
    this.file = join(toolsDir, "stamps", `${name}.json`);
    this.input = input;
    this.outputs = [join(folder, `${name}.js`), join(folder, `${name}_bg.wasm`)];
  }

  state() {
    const recipe = [new URL(import.meta.url), at("package-lock.json"), this.input];
    return JSON.stringify([WASM_BINDGEN, ...[...recipe, ...this.outputs].map(digest)]);
  }

  isCurrent() {
    if (!existsSync(this.file) || !this.outputs.every((file) => existsSync(file))) return false;
    return readFileSync(this.file, "utf8") === this.state();
  }

  write() {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, this.state());
  }
}

const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
