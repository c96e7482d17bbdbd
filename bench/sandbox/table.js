// The results as a table of plain text: one column a size, and what growth costs.

/**
 * @typedef {{ median: number, mean: number, p99: number, max: number, calls: number }} Times
 * @typedef {{ platform: string, accounts: number, transactions: number, seedingSeconds: number,
 *   bytesPerAccount: number, microseconds: Record<string, Times> }} Run
 */

/** @param {number[]} times @returns {Times} */
export function summary(times) {
  const sorted = times.toSorted((one, two) => one - two);
  const place = (part) => sorted[Math.floor((sorted.length - 1) * part)];
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const [median, p99, max] = [0.5, 0.99, 1].map(place);
  return round({ median, mean, p99, max, calls: times.length });
}

const round = (times) =>
  Object.fromEntries(Object.entries(times).map(([name, time]) => [name, Number(time.toFixed(1))]));

/** @param {readonly Run[]} runs */
export function table(runs) {
  const platforms = [...new Set(runs.map(({ platform }) => platform))];
  return platforms
    .map((platform) => one(runs.filter((run) => run.platform === platform)))
    .join("\n");
}

/** The changes, of which a few calls in a thousand also put rows in order: these are told with mean and worst. */
const CHANGES = ["earn", "adjust"];

/** @param {readonly Run[]} runs Of one platform, smallest first. */
function one(runs) {
  const first = runs[0];
  const names = Object.keys(first.microseconds);
  const ratio = (values) => `${(values[values.length - 1] / values[0]).toFixed(1)}×`;
  const timed = (name, part) => {
    const times = runs.map((run) => run.microseconds[name][part]);
    return [part === "median" ? name : `${name}, ${part}`, ...times.map(duration), ratio(times)];
  };
  const rows = [
    [
      `${first.platform}, accounts`,
      ...runs.map(({ accounts }) => accounts.toLocaleString("en")),
      "growth",
    ],
    ["transactions", ...runs.map(({ transactions }) => transactions.toLocaleString("en")), ""],
    ["seeding", ...runs.map((run) => `${run.seedingSeconds.toPrecision(2)} s`), ""],
    ["memory an account", ...runs.map((run) => `${Math.round(run.bytesPerAccount)} B`), ""],
    ...names.flatMap((name) => {
      const parts = CHANGES.includes(name) ? ["median", "mean", "p99", "max"] : ["median"];
      return parts.map((part) => timed(name, part));
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
