// What this project needs on a machine: how to see that it is there, and how to get it.
// `npm start` asks for `toBuild`, `npm test` for all. Each is quick when nothing is missing.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { npmPackagesMatch } from "./lockfile.js";
import { at, toolsDir, tool } from "./paths.js";
import { CARGO_DENY, GECKODRIVER, RUST, SCHEMATHESIS, WASM_BINDGEN, WASM_PACK } from "./pins.js";
import { ask, Failure, run, say } from "./process.js";

const onPath = (name) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));

/** True if version `have` is at least `want`, both like "1.95.0". */
export function atLeast(have, want) {
  const [a, b] = [have, want].map((version) => version.split(".").map(Number));
  for (let i = 0; i < b.length; i++) if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) > b[i];
  return true;
}

function aptInstall(packages) {
  if (!onPath("apt-get")) {
    throw new Failure(
      `install ${packages.join(", ")} by this system's own package manager: there is no apt-get here.`,
    );
  }
  const [program, ...before] = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "apt-get"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  run(program, [...before, "update", "-q"], { env });
  run(program, [...before, "install", "-y", "-q", "--no-install-recommends", ...packages], { env });
}

const debian = (why, program, ...packages) => ({
  name: packages.join(" "),
  why,
  present: () => onPath(program),
  install: () => aptInstall(packages),
});

// Only wasm-bindgen goes without --locked: its own lock file names a version that registries
// no longer serve.
const cargoTool = (why, crate, program, version, flags = ["--locked"]) => ({
  name: `${crate} ${version}`,
  why,
  present: () => ask(tool(program), ["--version"])?.split(/\s+/).includes(version) ?? false,
  install: () =>
    run("cargo", ["install", crate, "--version", version, "--root", toolsDir, "--force", ...flags]),
});

const component = (why, name, program) => ({
  name,
  why,
  present: () => ask(program, ["--version"]) !== undefined,
  install: () => run("rustup", ["component", "add", name]),
});

function checkRust() {
  const version = ask("rustc", ["--version"])?.match(/\d+\.\d+\.\d+/)?.[0];
  if (version === undefined) {
    throw new Failure(
      `Rust is missing. Install rustup (https://rustup.rs), then Rust ${RUST} or later.`,
    );
  }
  if (!atLeast(version, RUST)) {
    throw new Failure(
      `Rust ${version} is too old: ${RUST} or later is needed. Run \`rustup update stable\`.`,
    );
  }
  return true;
}

const never = () => {};

export const toBuild = [
  { name: `Rust ${RUST} or later`, why: "everything", present: checkRust, install: never },
  debian("Rust links its build scripts with it", "cc", "gcc", "libc6-dev"),
  {
    name: "npm packages of package-lock.json",
    why: "wasm-opt, the tests' tools, the package's own dependency",
    present: npmPackagesMatch,
    install: () => run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]),
  },
  {
    name: "Rust target wasm32-unknown-unknown",
    why: "the three WebAssembly binaries",
    present: () => {
      const library = ask("rustc", [
        "--print",
        "target-libdir",
        "--target",
        "wasm32-unknown-unknown",
      ]);
      return library !== undefined && existsSync(library);
    },
    install: () => run("rustup", ["target", "add", "wasm32-unknown-unknown"]),
  },
  cargoTool(
    "glue between JavaScript and wasm; about two minutes, once",
    "wasm-bindgen-cli",
    "wasm-bindgen",
    WASM_BINDGEN,
    [],
  ),
];

export const toLint = [
  component("Rust lints", "clippy", "cargo-clippy"),
  component("Rust formatting", "rustfmt", "rustfmt"),
  cargoTool(
    "checks licences and sources of crates; minutes, once",
    "cargo-deny",
    "cargo-deny",
    CARGO_DENY,
  ),
];

export const toBrowse = [
  debian("tests in Chromium", "chromium", "chromium"),
  debian("drives Chromium", "chromedriver", "chromium-driver"),
  debian("tests in Firefox", "firefox-esr", "firefox-esr"),
  cargoTool("drives Firefox; about four minutes, once", "geckodriver", "geckodriver", GECKODRIVER),
];

export const toTestStores = [
  debian("the tests of the store in Redis start their own", "redis-server", "redis-server"),
];

export const toBrowseWebKit = [
  debian("tests and benches in WebKit", "WebKitWebDriver", "webkit2gtk-driver"),
  debian("gives WebKit a display", "xvfb-run", "xvfb", "xauth"),
];

export const toBench = [...toBuild, ...toBrowse, ...toBrowseWebKit];

export const toTestWasm = [
  cargoTool(
    "runs Rust tests in wasm; about two minutes, once",
    "wasm-pack",
    "wasm-pack",
    WASM_PACK,
  ),
];

const python = at(".tools", "schemathesis", "bin", "python3");
const schemathesis = at(".tools", "schemathesis", "bin", "schemathesis");

export const toTestOpenApi = [
  {
    name: "Python 3 with venv",
    why: "schemathesis is written in it",
    present: () => ask("python3", ["-c", "import ensurepip, venv"]) !== undefined,
    install: () => aptInstall(["python3", "python3-venv"]),
  },
  {
    name: `schemathesis ${SCHEMATHESIS}`,
    why: "calls the sandbox by its OpenAPI document, thousands of times",
    present: () => ask(schemathesis, ["--version"])?.endsWith(SCHEMATHESIS) ?? false,
    install() {
      run("python3", ["-m", "venv", at(".tools", "schemathesis")]);
      run(python, ["-m", "pip", "install", "--quiet", `schemathesis==${SCHEMATHESIS}`]);
    },
  },
];

/** Installs those of `requirements` that are missing, and says what and why. */
export function ensure(requirements) {
  for (const { name, why, present, install } of requirements) {
    if (present()) continue;
    say(`installing ${name} (${why})`);
    install();
    if (!present())
      throw new Failure(`${name} is still missing after its install: see the output above.`);
  }
}
