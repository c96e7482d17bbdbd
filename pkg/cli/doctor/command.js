import { writeFileSync } from "node:fs";
import { CommandError, UsageError } from "../problems.js";
import { paint } from "../terminal.js";
import { createCall } from "./call.js";
import { checkService, checkSite, line } from "./checks.js";
import { mismatch } from "./pairing.js";
import { probe } from "./probes.js";
import { toFile } from "./report-file.js";
import { lineText, sumText } from "./report.js";

/**
 * `loyalty-edge doctor`: looks at a developer's own site and says what to mend. Reads only, unless
 * both `--writes` and a test contact were given.
 *
 * @param {{ key?: string, site?: string, upstream: string, writes?: boolean, contact?: string, out?: string, json?: boolean }} flags
 * @param {Record<string, string | undefined>} [env]
 */
export async function doctor(flags, env = process.env) {
  const { writes = false, contact, out, json } = flags;
  const key = flags.key ?? env.WIX_API_KEY;
  const siteId = flags.site ?? env.WIX_SITE_ID;
  const upstream = new URL(flags.upstream);
  refuseHalfAsked(upstream, flags);

  /** @type {import("./checks.js").Line[]} */
  const lines = [];
  const tell = (/** @type {import("./checks.js").Line} */ found) => {
    lines.push(found);
    process.stdout.write(json ? `${JSON.stringify(found)}\n` : lineText(found, process.stdout));
  };
  if (!json) process.stdout.write(heading(upstream));

  const wrong = mismatch(key, upstream);
  tell(
    wrong
      ? line("credential", "fail", wrong.says, wrong.mend)
      : line("credential", "ok", "the key may be sent to this host"),
  );
  const site = checkSite(siteId);
  tell(site);
  if (wrong === undefined && site.result !== "fail") {
    const call = createCall({ upstream, key: String(key), siteId: String(siteId) });
    for (const found of await checkService(call)) tell(found);
    if (writes) await findOut(call, { contact: String(contact), out, lines, tell });
  }
  if (!json) process.stdout.write(sumText(lines, process.stdout));
  process.exitCode = lines.some(({ result }) => result === "fail") ? 1 : 0;
}

/** @param {import("./call.js").Call} call @param {{ contact: string, out?: string, lines: readonly import("./checks.js").Line[], tell: (line: import("./checks.js").Line) => void }} asked */
async function findOut(call, { contact, out, lines, tell }) {
  const stands = ["READ_ACCOUNTS", "READ_PROGRAM", "program"];
  const inTheWay = lines.find(
    ({ check, result }) => result !== "ok" && (stands.includes(check) || check === "key"),
  );
  if (inTheWay !== undefined || !lines.some(({ check }) => check === "program")) {
    tell(
      line(
        "account",
        "fail",
        "nothing was written: the lines above come first",
        "mend them and run the doctor again",
      ),
    );
    return;
  }
  const { behaviour, notes } = await probe(call, contact, tell);
  if (behaviour === undefined || out === undefined) return;
  try {
    writeFileSync(out, toFile(behaviour, notes, new Date()));
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new CommandError(
      `${out} can't be written (${code}).`,
      "--out takes the path of a file.",
      { cause: error },
    );
  }
  tell(line("report", "ok", `written to ${out}: loyalty-edge sandbox --behaviour ${out}`));
}

/** @param {URL} upstream @param {{ writes?: boolean, contact?: string, out?: string }} flags */
function refuseHalfAsked(upstream, { writes, contact, out }) {
  if (upstream.pathname !== "/" || upstream.search !== "" || upstream.username !== "") {
    throw new UsageError(
      "--upstream has more than an origin.",
      "Write it as https://www.wixapis.com.",
    );
  }
  if (writes && contact === undefined) {
    throw new UsageError(
      "--writes needs a test contact.",
      "Add --contact ID: whose points may be moved about.",
    );
  }
  if (!writes && (contact !== undefined || out !== undefined)) {
    throw new UsageError(
      "--contact and --out are for --writes.",
      "Add --writes to find out what nobody documents; it earns and adjusts points.",
    );
  }
}

/** @param {URL} upstream */
function heading(upstream) {
  const { bold, cyan } = paint(process.stdout);
  return `\n  ${bold("loyalty-edge doctor")} ${cyan(upstream.origin)}\n\n`;
}
