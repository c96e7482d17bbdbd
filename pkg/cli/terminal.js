/**
 * Colour where a person reads it, plain text everywhere else: only on a terminal, and never when
 * NO_COLOR is set (https://no-color.org) or the terminal calls itself dumb.
 *
 * @param {{ isTTY?: boolean }} stream
 * @param {Record<string, string | undefined>} [env]
 */
export function paint(stream, env = process.env) {
  const on = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  /** @param {number} open @param {number} close */
  const style = (open, close) => (/** @type {string} */ text) =>
    on ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    cyan: style(36, 39),
  };
}

/**
 * Rows as aligned columns. Padding comes before painting, so colours don't shift the columns.
 *
 * @param {readonly (readonly string[])[]} rows
 * @param {readonly ((text: string) => string)[]} [painters] One per column, from the left.
 * @param {string} [indent]
 */
export function columns(rows, painters = [], indent = "  ") {
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, index) => {
        const padded = index === row.length - 1 ? cell : cell.padEnd(widths[index]);
        return painters[index] ? painters[index](padded) : padded;
      });
      return `${indent}${cells.join("  ")}`;
    })
    .join("\n");
}

/**
 * Text that came from outside, made safe to print: a member's name must not move the cursor.
 *
 * @param {unknown} value
 */
export function printable(value) {
  return String(value).replace(/[\p{Cc}\u2028\u2029]/gu, "?");
}
