import { paint } from "./terminal.js";

const ROLES = /** @type {const} */ (["visitor", "member", "staff", "admin"]);

/**
 * The matrix as a table. `any` is any account, or what is the same for all; `own` the caller's own; a dot is a refusal.
 *
 * @param {import("loyalty-edge/proxy").PolicyReport["matrix"]} matrix
 * @param {NodeJS.WriteStream} stream
 */
export function matrixTable(matrix, stream) {
  const { bold, dim, green } = paint(stream);
  const first = Math.max(...matrix.map(({ operation }) => operation.length), "operation".length);
  const head = ["operation".padEnd(first), ...ROLES.map((role) => role.padEnd(8))].join("  ");
  const rows = matrix.map((row) => {
    const cells = ROLES.map((role) => {
      const reach = row[role];
      const mark = row.masked.includes(role) ? "*" : "";
      const text = (reach === "no" ? "." : reach + mark).padEnd(8);
      return reach === "no" ? dim(text) : green(text);
    });
    return [row.operation.padEnd(first), ...cells, row.botCheck ? "bot check" : ""]
      .join("  ")
      .trimEnd();
  });
  const notes = [
    "any: any account, or the same for all; own: the caller's own account; .: refused",
  ];
  if (matrix.some(({ masked }) => masked.length > 0)) notes.push("*: a mask leaves fields out");
  return `${bold(head)}\n${rows.join("\n")}\n\n${dim(notes.join("\n"))}\n`;
}
