// The suites of `npm test`, in the order in which they run: quick and basic ones first.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as counts from "./counts.js";
import { at } from "./paths.js";
import {
  toBrowse,
  toBrowseWebKit,
  toTestOpenApi,
  toTestStores,
  toTestWasm,
} from "./requirements.js";

/** A run of node's test runner over files of tests/, one file at a time unless `parallel`; `show` picks lines to print. */
const node = (
  name,
  title,
  files,
  { needs = [], seconds = 600, parallel = true, least, show } = {},
) => ({
  name,
  title,
  needs,
  seconds,
  least,
  show,
  files,
  program: "node",
  args: () => [
    "--test",
    "--test-reporter=spec",
    ...(parallel ? [] : ["--test-concurrency=1"]),
    ...files(),
  ],
  count: counts.node,
});

const wasm = (engine, title, needs) => ({
  name: `wasm:${engine}`,
  title,
  needs: [...toTestWasm, ...needs],
  seconds: 900, // the first run compiles
  program: "node",
  args: () => [join("tests", "browser", "wasm-pack.js"), engine],
  count: counts.cargo,
});

/** Test files of a folder of tests/; the official client's have a suite of their own. */
const folder = (name) => () => testFiles(name).filter((file) => !isOfficial(file));
const official = () => testFiles("").filter(isOfficial);
const isOfficial = (file) => /\bofficial[^/\\]*\.test\.js$/.test(file);

export function testFiles(name) {
  const start = at("tests", name);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true })
    .filter((file) => file.endsWith(".test.js"))
    .map((file) => join("tests", name, file))
    .sort();
}

export const suites = [
  {
    name: "native",
    title: "native: contract, ledger, policy, core",
    needs: [],
    seconds: 2400, // the first run compiles
    program: "cargo",
    args: () => ["test", "--workspace", "--locked"],
    count: counts.cargo,
  },
  node("tooling", "tooling: these scripts", folder("tooling")),
  node("client", "JavaScript client, Node", folder("client")),
  node("size", "size of what a page loads", folder("size")),
  node("parity", "our client beside the official one", folder("parity")),
  node("sandbox", "sandbox", folder("sandbox")),
  node("proxy", "proxy, Node and workerd", folder("proxy")),
  node("stores", "stores: Redis, SQLite, Durable Objects, shared and lost", folder("stores"), {
    needs: toTestStores,
    seconds: 1200, // races of four processes, one after the other
    parallel: false,
  }),
  node("security", "security", folder("security")),
  node("verify", "verify and doctor, and what they have to find", folder("verify")),
  node("official", "official client", official, { least: 120 }),
  node("cli", "command line", folder("cli"), { parallel: false }),
  node("package", "package: the tarball", folder("package"), { needs: toBrowse }),
  wasm("node", "wasm, Node", []),
  wasm("chromium", "wasm, Chromium", toBrowse),
  wasm("firefox", "wasm, Firefox", toBrowse),
  node("browser", "JavaScript client, Chromium and Firefox", folder("browser"), {
    needs: toBrowse,
    parallel: false,
  }),
  node(
    "runtimes",
    "Node, Deno, Bun, workerd, Vitest, pages and service workers; the client's rules on seven engines",
    folder("runtimes"),
    {
      needs: [...toBrowse, ...toBrowseWebKit],
      show: /^ℹ (C\d+ .*)$/gm, // which of the client's rules held where
      parallel: false,
    },
  ),
  node("openapi", "schemathesis against sandbox and proxy", folder("openapi"), {
    needs: toTestOpenApi,
    seconds: 1_200,
    parallel: false,
  }),
  node("page", "demo page, Chromium", folder("page"), { needs: toBrowse, parallel: false }),
];
