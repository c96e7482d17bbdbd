import { paint, printable } from "./terminal.js";

/**
 * The proxy's audit record as one line on standard error: JSON, because a line that somebody may
 * search should not be parsed by eye, and because JSON can't be broken by what a caller sent.
 *
 * @param {unknown} record
 */
export function auditLine(record) {
  return `${printable(JSON.stringify(record))}\n`;
}

/**
 * The same for a person who watches a terminal: one short line for each verdict.
 *
 * @param {import("loyalty-edge/proxy").AuditRecord} record
 * @param {{ isTTY?: boolean }} stream
 */
export function verdictLine(record, stream) {
  if (record.phase !== "outcome") return "";
  const { dim, green, red } = paint(stream);
  const { at, caller, operation, action, amount, after, status, code } = record;
  const what = action === undefined ? operation : `${operation}:${action}`;
  const points = amount === undefined ? "" : ` ${amount > 0 ? "+" : ""}${amount}`;
  const balance = after === undefined ? "" : ` = ${after}`;
  const good = code === undefined;
  const verdict = good ? green(String(status)) : red(printable(`${status} ${code}`));
  const said = printable(`${caller.role.padEnd(7)} ${what}${good ? points + balance : ""}`);
  return `  ${dim(at.slice(11, 19))}  ${said}  ${verdict}\n`;
}
