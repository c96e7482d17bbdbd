import { printable } from "./terminal.js";

/**
 * The proxy's audit record as one line on standard error: JSON, because a line that somebody may
 * search should not be parsed by eye, and because JSON can't be broken by what a caller sent.
 *
 * @param {unknown} record
 */
export function auditLine(record) {
  return `${printable(JSON.stringify(record))}\n`;
}
