// All lints, the same by hand and in CI. Advisory databases need a live service: no test asks one.
import { Failure, run, say } from "./process.js";
import { ensure, toBuild, toLint } from "./requirements.js";

const WASM = ["--target", "wasm32-unknown-unknown"];
const STRICT = ["--", "-D", "warnings"];
const clippy = (...args) => ["cargo", ["clippy", "--locked", "--quiet", ...args, ...STRICT]];

const LINTS = {
  "Rust formatting": () => [["cargo", ["fmt", "--all", "--check"]]],
  "Rust lints, native": () => [clippy("--workspace", "--all-targets")],
  "Rust lints, wasm": () => [
    clippy(...WASM, "-p", "loyalty-edge", "--no-default-features", "--features", "bindings"),
    clippy(...WASM, "-p", "loyalty-edge", "--all-targets"),
    clippy(...WASM, "-p", "loyalty-proxy"),
    clippy(...WASM, "-p", "loyalty-sandbox"),
  ],
  "crates: licences, sources, duplicates": () => [
    ["cargo", ["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]],
  ],
  "JavaScript formatting": () => [["prettier", ["--check", "--log-level", "warn", "."]]],
  "JavaScript lints": () => [["eslint", ["--max-warnings", "0", "."]]],
};

/** Runs every lint, and tells all that failed at the end. */
export function lint() {
  ensure([...toBuild, ...toLint]);
  const failed = [];
  for (const [name, commands] of Object.entries(LINTS)) {
    say(`lint: ${name}`);
    for (const [program, args] of commands()) {
      try {
        run(program, args);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failed.push(error.message);
      }
    }
  }
  if (failed.length > 0) throw new Failure(`lints failed:\n  ${failed.join("\n  ")}`);
}
