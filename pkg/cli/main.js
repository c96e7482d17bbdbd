#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { describeFlags, nearest, readFlags } from "./args.js";
import { doctorFlags } from "./doctor/flags.js";
import { CommandError, UsageError } from "./problems.js";
import { paint } from "./terminal.js";
import { verifyFlags } from "./verify/flags.js";

/**
 * The command `loyalty-edge`. Each command is a module that is loaded only when it is asked for, so
 * `--help` needs neither WebAssembly nor a build.
 */

const HELP_FLAG = { help: { type: "boolean", about: "show this help" } };
const PORT_FLAG = { type: "port", value: "N", about: "the port to listen on, 0 for a free one" };
const JSON_FLAG = {
  type: "boolean",
  about: "print one line of JSON on standard output when ready",
};
const SEED_FLAG = { type: "integer", value: "N", min: 0, about: "fixes every id of the sandbox" };
const ACCOUNTS_FLAG = {
  type: "integer",
  value: "N",
  min: 5,
  max: 1_000_000,
  about: "how many accounts the sandbox begins with",
};

/** @type {Record<string, { about: string, flags: import("./args.js").Flags, load: () => Promise<(flags: any) => Promise<void>> }>} */
const COMMANDS = {
  dev: {
    about: "sandbox, proxy and demo page in one, to try and to develop against",
    flags: {
      port: { ...PORT_FLAG, default: 4180 },
      accounts: { ...ACCOUNTS_FLAG, default: 25 },
      seed: { ...SEED_FLAG, default: 1 },
      json: JSON_FLAG,
      ...HELP_FLAG,
    },
    load: async () => (await import("./dev.js")).dev,
  },
  sandbox: {
    about: "a local stand-in for the Loyalty REST API, with accounts to play with",
    flags: {
      port: { ...PORT_FLAG, default: 4181 },
      // No defaults here: a file that --db names says itself what it was made with.
      accounts: { ...ACCOUNTS_FLAG, about: `${ACCOUNTS_FLAG.about} (default 25)` },
      seed: { ...SEED_FLAG, about: `${SEED_FLAG.about} (default 1)` },
      db: { type: "file", value: "FILE", about: "keep everything in this SQLite file" },
      webhook: { type: "url", value: "URL", about: "where to deliver signed events" },
      behaviour: {
        type: "file",
        value: "FILE",
        about: "do as the service that loyalty-edge doctor --out FILE found",
      },
      throttle: {
        type: "integer",
        value: "[N]",
        min: 1,
        max: 4_294_967_295,
        bare: 200,
        about: "how many calls a minute a credential may make; 200 without a number",
      },
      lenient: { type: "boolean", about: "ignore unknown fields of requests" },
      json: JSON_FLAG,
      ...HELP_FLAG,
    },
    load: async () => (await import("./sandbox.js")).sandbox,
  },
  proxy: {
    about: "your own proxy on a Node server",
    flags: {
      config: {
        type: "file",
        value: "FILE",
        required: true,
        about: "a module whose default export is createProxy(…)",
      },
      port: { ...PORT_FLAG, default: 4182 },
      json: JSON_FLAG,
      ...HELP_FLAG,
    },
    load: async () => (await import("./proxy.js")).proxy,
  },
  "policy check": {
    about: "who may do what by a policy, what is risky in it, and why",
    flags: {
      file: {
        type: "file",
        value: "FILE",
        positional: true,
        required: true,
        about: "the policy's path, such as loyalty.policy.json",
      },
      explain: {
        type: "pair",
        value: "CALLER OPERATION",
        about: "say why: --explain member earnPoints, --explain member earn:daily-visit",
      },
      json: { type: "boolean", about: "print the whole report as JSON" },
      ...HELP_FLAG,
    },
    load: async () => (await import("./policy.js")).policyCheck,
  },
  verify: {
    about: "attacks a running proxy, ours or your own, and reports what gets through",
    flags: { ...verifyFlags, ...HELP_FLAG },
    load: async () => (await import("./verify/command.js")).verify,
  },
  doctor: {
    about: "looks at your own site: key, permissions, program, clock; says what to mend",
    flags: { ...doctorFlags, ...HELP_FLAG },
    load: async () => (await import("./doctor/command.js")).doctor,
  },
};

const OLDEST_NODE = 20;

/** @param {readonly string[]} argv */
async function main(argv) {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
    throw new CommandError(
      `Node ${process.versions.node} is too old.`,
      `loyalty-edge needs Node ${OLDEST_NODE} or later.`,
    );
  }
  const { name, rest } = commandOf(argv);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
    // Without a command nothing was done: a script that forgot it should notice.
    if (name === undefined) process.exitCode = 2;
    return;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version()}\n`);
    return;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    const meant = nearest(name, Object.keys(COMMANDS));
    throw new UsageError(
      name.startsWith("-") ? `Unknown flag "${name}".` : `Unknown command "${name}".`,
      meant === undefined
        ? `The commands are ${Object.keys(COMMANDS).join(", ")}; see loyalty-edge --help.`
        : `Did you mean "loyalty-edge ${meant}"?`,
    );
  }
  const command = COMMANDS[name];
  const flags = readFlags(rest, command.flags);
  if (flags.help === true) {
    process.stdout.write(
      `loyalty-edge ${name}: ${command.about}\n\nUsage: npx loyalty-edge ${name}${positionals(command.flags)} [flags]\n\n` +
        `${describeFlags(command.flags)}\n`,
    );
    return;
  }
  const run = await command.load();
  await run(flags);
}

/** @param {import("./args.js").Flags} flags */
function positionals(flags) {
  const named = Object.values(flags).filter(({ positional }) => positional);
  return named.map(({ value }) => ` ${value}`).join("");
}

/**
 * A command's name is one word, or two where the first alone is none.
 *
 * @param {readonly string[]} argv
 */
function commandOf([first, second, ...rest]) {
  const isGroup = Object.keys(COMMANDS).some((name) => name.startsWith(`${first} `));
  if (!isGroup) return { name: first, rest: second === undefined ? [] : [second, ...rest] };
  const isWord = second !== undefined && !second.startsWith("-");
  return { name: isWord ? `${first} ${second}` : first, rest };
}

function overview() {
  const names = Object.keys(COMMANDS);
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name].about}`);
  return (
    `loyalty-edge ${version()}: Wix loyalty points from any web frontend, safely\n\n` +
    `Usage: npx loyalty-edge COMMAND [flags]\n\n${lines.join("\n")}\n\n` +
    `  --help     show this help, or a command's: loyalty-edge dev --help\n` +
    `  --version  show the version\n`
  );
}

/** @returns {string} */
function version() {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return JSON.parse(text).version;
}

/** @param {any} error */
function report(error) {
  const { bold, red, dim } = paint(process.stderr);
  /** @param {string} message @param {string} [hint] */
  const say = (message, hint) =>
    process.stderr.write(`${bold(red("error"))} ${message}\n${hint ? `      ${dim(hint)}\n` : ""}`);

  if (error instanceof UsageError) {
    say(error.message, error.hint);
    return 2;
  }
  if (error instanceof CommandError) {
    say(error.message, error.hint);
    return 1;
  }
  if (isMissingBuild(error)) {
    say("The package is not built.", "Run npm run build in the checkout, then try again.");
    return 1;
  }
  // A refusal of the parts themselves (bad configuration, production markers) is a plain Error
  // with a sentence; the stack is for those who ask.
  say(error instanceof Error ? error.message : String(error));
  if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return 1;
}

/** @param {any} error */
function isMissingBuild(error) {
  const missing = error?.code === "ERR_MODULE_NOT_FOUND" || error?.code === "ENOENT";
  return missing && /[\\/](wasm|generated)[\\/]/.test(String(error.message));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}
