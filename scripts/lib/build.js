// The build, incremental: cargo knows which sources a binary depends on, and what comes after
// cargo is redone only if cargo's output (or a tool) has changed.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { at, nodeBin, root, targetDir, tool } from "./paths.js";
import { ask, Failure, run, say } from "./process.js";
import { ensure, toBuild } from "./requirements.js";
import { Stamp } from "./stamp.js";

const TARGET = "wasm32-unknown-unknown";

// One cargo call each: in a common call cargo would give the client the features that the proxy
// asks of the contract crate.
const BINARIES = [
  {
    name: "client",
    crate: "loyalty-edge",
    flags: ["--no-default-features", "--features", "bindings"],
    glue: false, // its exports take and give integers only: a page pays for no glue
  },
  // No page loads it: a request that takes half the time is worth 7 % more bytes.
  { name: "proxy", crate: "loyalty-proxy", flags: [], glue: true, fast: true },
  // A tool of a developer's machine: no page pays for its bytes, and a million accounts take their time.
  { name: "sandbox", crate: "loyalty-sandbox", flags: [], glue: true, fast: true },
];

/** Speed before size. The bench builds its native example in the same way. */
export const FAST = { CARGO_PROFILE_RELEASE_OPT_LEVEL: "3" };

/** Large binaries in a fraction of the time, for while you work: never what is measured or published. */
const quick = process.env.LOYALTY_EDGE_QUICK === "1";
const QUICK = {
  CARGO_PROFILE_RELEASE_LTO: "false",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_INCREMENTAL: "true",
};

/** Installs what the build needs, then builds what is out of date. */
export function build() {
  ensure(toBuild);
  generate();
  for (const { name } of BINARIES) buildWasm(name);
  copyIntoPackage();
}

/** The same for what a page loads, and nothing else. */
export const buildClient = () => buildPart("client");

/** The same for the sandbox, and nothing else. */
export const buildSandbox = () => buildPart("sandbox");

function buildPart(name) {
  ensure(toBuild);
  generate();
  buildWasm(name);
}

function generate() {
  say("building: types and functions from the endpoint table");
  run("cargo", ["run", "--locked", "--quiet", "-p", "loyalty-codegen"]);
}

/** The client's module as cargo left it, with the names of its functions. */
export const compiledClient = () => compiledBinary("loyalty-edge");

const compiledBinary = (crate) =>
  join(targetDir, TARGET, "release", `${crate.replaceAll("-", "_")}.wasm`);

/** Builds one of the three binaries: what `npm run build -- proxy` asks for. */
export function buildWasm(wanted) {
  const binary = BINARIES.find(({ name }) => name === wanted);
  if (binary === undefined) {
    throw new Failure(`there is no binary ${wanted}; there are client, proxy and sandbox.`);
  }
  const profile = { ...(binary.fast && FAST), ...(quick && QUICK) };
  buildBinary(binary, { CARGO_ENCODED_RUSTFLAGS: rustFlags().join("\x1f"), ...profile });
}

function buildBinary({ name, crate, flags, glue, fast }, env) {
  say(`building: ${name}.wasm`);
  const which = ["--target", TARGET, "-p", crate, "--lib", ...flags];
  run("cargo", ["build", "--locked", "--quiet", "--release", ...which], { env });

  const compiled = compiledBinary(crate);
  const folder = at("pkg", "wasm", name);
  const wasm = join(folder, `${name}_bg.wasm`);
  const script = join(folder, `${name}.js`);
  const stamp = new Stamp(name, [compiled, import.meta.filename], glue ? [wasm, script] : [wasm]);
  if (stamp.isCurrent()) return;

  rmSync(folder, { recursive: true, force: true });
  if (glue) {
    const out = ["--out-dir", folder, "--out-name", name];
    run(tool("wasm-bindgen"), [compiled, "--target", "web", "--no-typescript", ...out]);
    takeOutDefaultUrl(script);
    addRenewal(script);
  } else {
    mkdirSync(folder, { recursive: true });
    writeFileSync(wasm, readFileSync(compiled)); // not a copy: cargo marks its output executable
  }
  if (!quick) optimize(wasm, fast ? "-O3" : "-Oz");
  stamp.write();
}

function optimize(wasm, level) {
  // No feature flags: with --all-features the module no longer loads in Node 20.
  run(nodeBin("wasm-opt"), [level, wasm, "-o", wasm]);
}

/**
 * Panic messages carry the path of their source file. The package must not tell where it was
 * built, and two checkouts must give the same bytes.
 */
function rustFlags() {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain } = process.env;
  const given = encoded ? encoded.split("\x1f") : (plain ?? "").split(" ").filter(Boolean);
  const places = [
    [join(ask("rustc", ["--print", "sysroot"]), "lib", "rustlib", "src", "rust"), "/rust"],
    [root.slice(0, -1), "/loyalty-edge"],
    ...registries().map((folder) => [folder, "/crates"]),
  ];
  return [...given, ...places.map(([from, to]) => `--remap-path-prefix=${from}=${to}`)];
}

/** Where cargo keeps the sources of crates: one folder a registry, named after its host. */
function registries() {
  run("cargo", ["fetch", "--locked", "--quiet"]);
  const folder = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/**
 * The glue falls back to `new URL("…wasm", import.meta.url)`. Bundlers follow it and emit a second
 * copy of the file, or fail; our loaders always say where the wasm is.
 */
function takeOutDefaultUrl(file) {
  const parts = readFileSync(file, "utf8").split(
    /^ *module_or_path = new URL\([^)]*import\.meta\.url\);\n/m,
  );
  if (parts.length !== 2) {
    throw new Failure(`wasm-bindgen's glue has changed: expected one default URL in ${file}.`);
  }
  writeFileSync(file, parts.join(""));
}

/**
 * The glue makes one instance for ever. After a trap its memory can't be trusted: this makes a fresh one of the same
 * module. Whoever calls it gives up the objects of the old one first.
 */
function addRenewal(file) {
  const parts = readFileSync(file, "utf8").split("export { initSync, __wbg_init as default };");
  if (parts.length !== 2 || !parts[0].includes("wasmModule = module;")) {
    throw new Failure(
      `wasm-bindgen's glue has changed: expected its exports and module in ${file}.`,
    );
  }
  const renew = [
    "function renew() {",
    "    __wbg_finalize_init(new WebAssembly.Instance(wasmModule, __wbg_get_imports()), wasmModule);",
    "}",
    "",
    "export { initSync, renew, __wbg_init as default };",
  ];
  writeFileSync(file, parts.join(renew.join("\n")));
}

/** What the package carries and is edited elsewhere: licences, read-me, the demo page. */
function copyIntoPackage() {
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE", "README.md"]) {
    if (existsSync(at(name))) cpSync(at(name), at("pkg", name));
  }
  const demo = at("pkg", "generated", "www");
  rmSync(demo, { recursive: true, force: true });
  cpSync(at("www"), demo, { recursive: true });
}
