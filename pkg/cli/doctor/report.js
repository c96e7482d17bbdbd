import { paint, printable } from "../terminal.js";
import { wrap } from "../verify/report.js";

/**
 * The findings for a person: a line each, and below it what to mend.
 *
 * @typedef {import("./checks.js").Line} Line
 */

const LONGEST_NAME = 17;

/** @param {Line} line @param {NodeJS.WriteStream | { isTTY?: boolean, columns?: number }} stream */
export function lineText({ check, result, says, mend }, stream) {
  const style = paint(stream);
  const mark = { ok: style.green("ok  "), warn: style.bold("warn"), fail: style.red("fail") }[
    result
  ];
  const width = Math.min(Math.max(stream.columns ?? 100, 50), 120);
  const indent = " ".repeat(8 + LONGEST_NAME + 2);
  const [first, ...rest] = wrap(printable(says), width, indent);
  const head = `  ${mark}  ${check.padEnd(LONGEST_NAME)}  ${first.trimStart()}`;
  const more =
    mend === undefined
      ? []
      : wrap(`→ ${printable(mend)}`, width, indent, `${indent}  `).map(style.dim);
  return `${[head, ...rest, ...more].join("\n")}\n`;
}

/** @param {readonly Line[]} lines @param {NodeJS.WriteStream | { isTTY?: boolean }} stream */
export function sumText(lines, stream) {
  const { bold, red, green } = paint(stream);
  const count = (/** @type {Line["result"]} */ wanted) =>
    lines.filter(({ result }) => result === wanted).length;
  const fails = count("fail");
  const warns = count("warn");
  const verdict = fails > 0 ? red(`${fails} to mend`) : green("nothing to mend");
  return `\n  ${bold(verdict)}${warns > 0 ? `, ${warns} to look at` : ""}.\n\n`;
}
