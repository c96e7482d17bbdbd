// The results as a table of plain text: one column a size and platform, and what growth costs.

/**
 * @typedef {{ median: number, mean: number, p95: number, max: number, calls: number }} Times
 * @typedef {{ platform: string, accounts: number, transactions: number, seedingSeconds: number,
 *   bytesPerAccount: number, microseconds: Record<string, Times> }} Run
 */

/** @param {readonly Run[]} runs */
export function table(runs) {
  const platforms = [...new Set(runs.map(({ platform }) => platform))];
  return platforms
    .map((platform) => one(runs.filter((run) => run.platform === platform)))
    .join("\n");
}

/** @param {readonly Run[]} runs Of one platform, smallest first. */
function one(runs) {
  const first = runs[0];
  const names = Object.keys(first.microseconds);
  const ratio = (values) => `${(values[values.length - 1] / values[0]).toFixed(1)}×`;
  const rows = [
    [
      `${first.platform}, accounts`,
      ...runs.map(({ accounts }) => accounts.toLocaleString("en")),
      "growth",
    ],
    ["transactions", ...runs.map(({ transactions }) => transactions.toLocaleString("en")), ""],
    ["seeding", ...runs.map((run) => `${run.seedingSeconds.toPrecision(2)} s`), ""],
    ["memory an account", ...runs.map((run) => `${Math.round(run.bytesPerAccount)} B`), ""],
    ...names.map((name) => {
      const medians = runs.map((run) => run.microseconds[name].median);
      return [name, ...medians.map(duration), ratio(medians)];
    }),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell, column) =>
    column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  return `${rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n")}\n`;
}

/** @param {number} microseconds */
export function duration(microseconds) {
  return microseconds < 1000
    ? `${microseconds.toPrecision(3)} µs`
    : `${(microseconds / 1000).toPrecision(3)} ms`;
}
