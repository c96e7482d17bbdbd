import { readFileSync, writeFileSync } from "node:fs";
import { CommandError, UsageError } from "../problems.js";
import { permissionFor } from "./permission.js";
import { countsOf, report, toJson } from "./report.js";
import { runVerify } from "./run.js";
import { toSarif } from "./sarif.js";

/** `loyalty-edge verify URL`: attacks a running proxy, and says what got through. */

const LOCAL_RATE = 1000;
const POLITE_RATE = 5;
const TIMEOUT_MS = 5_000;

/** @param {Record<string, any>} flags */
export async function verify(flags) {
  const base = new URL(flags.url);
  const permission = permissionFor(base, {
    allowedHost: flags["i-am-allowed-to-test"],
    writes: flags.writes,
  });
  if (!permission.allowed) throw new UsageError(permission.message, permission.hint);
  const { loopback, writes } = permission;
  const version = packageVersion();
  const run = await runVerify(
    {
      base,
      loopback,
      writes,
      version,
      tokens: { member: bare(flags.member), other: bare(flags.other), staff: bare(flags.staff) },
      origin: flags.origin && new URL(flags.origin).origin,
      expired: bare(flags.expired),
      jwks: flags.jwks,
      action: flags.action,
      capped: flags.capped,
      memberAccount: flags["member-account"],
      otherAccount: flags["other-account"],
      timeoutMs: TIMEOUT_MS,
      rate: flags.rate ?? (loopback ? LOCAL_RATE : POLITE_RATE),
      maxSeconds: flags.seconds,
    },
    { onFinding: flags.json ? printLine : progress() },
  );
  refuseToJudge(run, flags.url);
  if (flags.sarif !== undefined) writeSarif(flags.sarif, run.findings, { url: flags.url, version });
  if (!flags.json)
    process.stdout.write(report(run.findings, { url: flags.url, ...run }, process.stdout));
  const { through, skipped } = countsOf(run.findings);
  process.exitCode = through > 0 || (flags.complete && skipped > 0) ? 1 : 0;
}

/** Where the controls fail, attacks would prove nothing: the command was not usable, exit code 2. @param {any} run @param {string} url */
function refuseToJudge({ reached, why, wrong = [], same, strange }, url) {
  if (!reached) {
    throw new UsageError(
      `Nothing answers at ${url} (${why}).`,
      "Start the proxy, or look at host, port and scheme.",
    );
  }
  if (strange !== undefined) {
    const { origin, pathname } = new URL(url);
    throw new UsageError(
      `What answers at ${url} is no proxy of this protocol (${strange} to /healthz, and no JSON).`,
      pathname === "/"
        ? `Add the path that it is mounted at: ${origin}/loyalty, for one.`
        : "Look at the path that it is mounted at, and at the port.",
    );
  }
  if (wrong.length > 0) {
    throw new UsageError(
      `The proxy does not accept the token of --${wrong.join(" and --")} (401).`,
      "Give fresh ones: to be refused with a bad token proves nothing.",
    );
  }
  if (same)
    throw new UsageError(
      "--member and --other have the same account.",
      "Give the tokens of two members.",
    );
}

/** @param {string} file @param {any} findings @param {{ url: string, version: string }} run */
function writeSarif(file, findings, run) {
  try {
    writeFileSync(file, `${JSON.stringify(toSarif(findings, run), null, 2)}\n`);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new CommandError(
      `${file} can't be written (${code}).`,
      "--sarif takes the path of a file.",
      { cause: error },
    );
  }
}

/** @param {any} finding */
function printLine(finding) {
  process.stdout.write(`${JSON.stringify(toJson(finding))}\n`);
}

/** A counter that stays on its line, on terminals only. */
function progress() {
  const { stderr } = process;
  if (!stderr.isTTY || process.env.TERM === "dumb") return undefined;
  return (/** @type {any} */ _, /** @type {number} */ at, /** @type {number} */ of) => {
    stderr.write(at === of ? "\r\u001b[K" : `\r  attack ${at} of ${of}`);
  };
}

/** @param {string | undefined} token */
function bare(token) {
  return token?.replace(/^Bearer +/i, "");
}

/** @returns {string} */
function packageVersion() {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}
