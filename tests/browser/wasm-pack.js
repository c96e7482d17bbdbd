// Runs the root crate's wasm-bindgen tests on one engine: `node wasm-pack.js node|chromium|firefox`,
// with a real sandbox behind a real proxy to talk to. The tests carry no
// `wasm_bindgen_test_configure!`, so that the very same ones run everywhere; they learn of the
// stack at compile time, by `option_env!("LOYALTY_TEST_STACK")`: JSON with `proxy`, `members`
// (`memberId`, `contactId`, `accountId`, `token`), `staff.token`, `admin.token`, `actions`.
import { createServer } from "node:net";
import { spawn } from "node:child_process";
import { environment, root, tool } from "../../scripts/lib/paths.js";
import { startStack } from "./stack.js";

const browser = (name, driver) => ({
  flags: ["--headless", `--${name}`, ...driver],
  // Unconfigured tests would run in Node, and a browser run would skip them and exit 0.
  env: { WASM_BINDGEN_USE_BROWSER: "1" },
});
const ENGINES = {
  node: { flags: ["--node"], env: {} },
  chromium: browser("chrome", ["--chromedriver", "/usr/bin/chromedriver"]),
  firefox: browser("firefox", ["--geckodriver", tool("geckodriver")]),
};

const engine = ENGINES[process.argv[2]];
if (engine === undefined) throw new Error(`Name an engine: ${Object.keys(ENGINES).join(", ")}.`);

// The runner serves its page on a port of its own choice, which an exact list of origins can't
// name: choose it first.
const address = `127.0.0.1:${await freePort()}`;
const stack = await startStack({ origins: [`http://${address}`] });
try {
  process.exitCode = await wasmPack(engine.flags, {
    ...engine.env,
    WASM_BINDGEN_TEST_ADDRESS: address,
    WASM_BINDGEN_TEST_TIMEOUT: "120",
    LOYALTY_TEST_STACK: JSON.stringify(stack),
  });
} finally {
  await stack.close();
}

function wasmPack(flags, env) {
  const args = ["test", "--mode", "no-install", ...flags, root, "--locked"];
  const child = spawn(tool("wasm-pack"), args, {
    cwd: root,
    env: environment(env),
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (status) => resolve(status ?? 1));
  });
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
