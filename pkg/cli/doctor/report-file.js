import { readFileSync } from "node:fs";
import { UsageError } from "../problems.js";

/**
 * The file that `doctor` writes and `sandbox --behaviour` reads: what was found out about a service,
 * and nothing of whose it is.
 *
 * @typedef {import("loyalty-edge/sandbox").SandboxBehaviour} SandboxBehaviour
 */

const FORMAT = "loyalty-edge/behaviour/1";

/** @param {SandboxBehaviour} behaviour @param {readonly string[]} notes @param {Date} at */
export function toFile(behaviour, notes, at) {
  return `${JSON.stringify({ format: FORMAT, observedAt: at.toISOString(), behaviour, notes }, null, 2)}\n`;
}

/** @param {string} file @returns {SandboxBehaviour} */
export function readBehaviour(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(
      `${file} can't be read (${code}).`,
      "--behaviour takes a file that loyalty-edge doctor --out wrote.",
    );
  }
  const report = parse(text);
  if (
    report?.format !== FORMAT ||
    typeof report.behaviour !== "object" ||
    report.behaviour === null
  ) {
    throw new UsageError(
      `${file} is no report of what a service does.`,
      `It has {"format":"${FORMAT}","behaviour":{…}}; loyalty-edge doctor --out FILE writes one.`,
    );
  }
  return report.behaviour;
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
