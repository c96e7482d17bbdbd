// Aggregations by the official client: it sends field paths as JavaScript spells them, and reads the
// results as its own types tell.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as official from "./official-client.js";

const sandbox = await official.sandboxForTests({ accounts: 150, now: "2026-06-15T12:00:00Z" });
const { accounts } = official.appClient(sandbox);
const { accounts: all } = await sandbox.control("GET", "export");

/** What one aggregation gives. */
async function one(aggregation, search = {}) {
  const { aggregationData } = await accounts.searchAccounts({
    ...search,
    aggregations: [aggregation],
  });
  assert.equal(aggregationData.results.length, 1);
  return aggregationData.results[0];
}

/** Counts by a key, in the order of the keys. */
function tally(rows, key, compare) {
  const counts = new Map();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => compare(a, b));
}
const byNumber = (a, b) => a - b;
const byText = (a, b) => (a < b ? -1 : 1);
const asResults = (counts) => counts.map(([value, count]) => ({ value: String(value), count }));

describe("aggregations", () => {
  it("l10 VALUE: counts of each value, the most frequent first, ten of them", async () => {
    const { name, type, values } = await one({
      name: "redeemed",
      type: "VALUE",
      fieldPath: "points.redeemed",
    });
    const counts = tally(all, ({ points }) => points.redeemed, byNumber);
    const sorted = counts.sort(([, a], [, b]) => b - a).slice(0, 10);
    assert.deepEqual([name, type], ["redeemed", "VALUE"]);
    assert.deepEqual(values.results, asResults(sorted));
  });

  it("l10 VALUE: by value, ascending, with a limit", async () => {
    const { values } = await one({
      type: "VALUE",
      fieldPath: "points.balance",
      value: { sortType: "VALUE", sortDirection: "ASC", limit: 3 },
    });
    const counts = tally(all, ({ points }) => points.balance, byNumber);
    assert.deepEqual(values.results, asResults(counts.slice(0, 3)));
  });

  it("l10 VALUE: missing values in a bucket of their own", async () => {
    const { values } = await one({
      type: "VALUE",
      fieldPath: "pointsExpiration.expirationDate",
      value: { missingValues: "INCLUDE", includeOptions: { addToBucket: "never" }, limit: 250 },
    });
    const missing = all.filter((row) => !row.pointsExpiration?.expirationDate).length;
    assert.ok(missing > 0);
    assert.equal(values.results.find(({ value }) => value === "never").count, missing);
  });

  it("l10 RANGE: from is in it, to is not", async () => {
    const { ranges } = await one({
      type: "RANGE",
      fieldPath: "points.balance",
      range: { buckets: [{ to: 100 }, { from: 100, to: 500 }, { from: 500 }] },
    });
    const between = (from, to) =>
      all.filter(({ points }) => points.balance >= from && points.balance < to).length;
    assert.deepEqual(ranges.results, [
      { to: 100, count: between(0, 100) },
      { from: 100, to: 500, count: between(100, 500) },
      { from: 500, count: between(500, Infinity) },
    ]);
  });

  it("l10 SCALAR: the number of contacts, by the path that JavaScript knows", async () => {
    const { fieldPath, scalar } = await one({
      type: "SCALAR",
      fieldPath: "contact._id",
      scalar: { type: "COUNT_DISTINCT" },
    });
    assert.equal(fieldPath, "contact._id");
    assert.deepEqual(scalar, { type: "COUNT_DISTINCT", value: 150 });
  });

  it("l10 SCALAR: the least and the greatest number", async () => {
    const balances = all.map(({ points }) => points.balance);
    for (const type of ["MIN", "MAX"]) {
      const { scalar } = await one({
        type: "SCALAR",
        fieldPath: "points.balance",
        scalar: { type },
      });
      const value = type === "MIN" ? Math.min(...balances) : Math.max(...balances);
      assert.deepEqual(scalar, { type, value });
    }
  });

  it("l10 SCALAR: dates come as scalarDate", async () => {
    const dates = all.map(({ updatedDate }) => updatedDate).sort(byText);
    const { scalar, scalarDate } = await one({
      type: "SCALAR",
      fieldPath: "_updatedDate",
      scalar: { type: "MAX" },
    });
    assert.equal(scalar, undefined);
    assert.deepEqual(scalarDate, { type: "MAX", value: dates.at(-1) });
  });

  for (const timeZone of ["America/New_York", "Asia/Kolkata", "Europe/Paris", "UTC"]) {
    it(`l10 DATE_HISTOGRAM: the days of ${timeZone}, as the runtime counts them`, async () => {
      const { dateHistogram } = await one(
        { type: "DATE_HISTOGRAM", fieldPath: "_updatedDate", dateHistogram: { interval: "DAY" } },
        { timeZone },
      );
      // An independent calendar: the one of the JavaScript engine.
      const day = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
      const expected = tally(all, ({ updatedDate }) => day.format(new Date(updatedDate)), byText);
      const found = dateHistogram.results.map(({ value, count }) => [
        day.format(new Date(value)),
        count,
      ]);
      assert.ok(found.length > 20);
      assert.deepEqual(found, expected.slice(-200));
      // And each value is the moment at which that day begins there.
      const time = new Intl.DateTimeFormat("sv-SE", { timeZone, timeStyle: "medium" });
      assert.ok(
        dateHistogram.results.every(({ value }) => time.format(new Date(value)) === "00:00:00"),
      );
    });
  }

  it("l10 NESTED: two levels, flat, each by its name", async () => {
    const { nested } = await one({
      name: "both",
      type: "NESTED",
      nested: {
        nestedAggregations: [
          {
            name: "redeemed",
            type: "VALUE",
            fieldPath: "points.redeemed",
            value: { limit: 1 },
          },
          {
            name: "year",
            type: "DATE_HISTOGRAM",
            fieldPath: "_updatedDate",
            dateHistogram: { interval: "YEAR" },
          },
        ],
      },
    });
    const [[redeemed, count]] = tally(all, ({ points }) => points.redeemed, byNumber).sort(
      ([, a], [, b]) => b - a,
    );
    const years = tally(
      all.filter(({ points }) => points.redeemed === redeemed),
      ({ updatedDate }) => `${updatedDate.slice(0, 4)}-01-01T00:00:00.000Z`,
      byText,
    );
    assert.deepEqual(
      nested.results.map(({ results }) => results),
      asResults(years).map((year) => ({
        redeemed: { value: { value: String(redeemed), count } },
        year: { dateHistogram: year },
      })),
    );
  });

  it("l10 they cover all matches of the filter, not the page", async () => {
    const { accounts: page, aggregationData } = await accounts.searchAccounts({
      filter: { "points.balance": { $gt: 50 } },
      cursorPaging: { limit: 2 },
      aggregations: [
        {
          name: "all",
          type: "SCALAR",
          fieldPath: "contact._id",
          scalar: { type: "COUNT_DISTINCT" },
        },
      ],
    });
    assert.equal(page.length, 2);
    const expected = all.filter(({ points }) => points.balance > 50).length;
    assert.equal(aggregationData.results[0].scalar.value, expected);
  });

  const refused = {
    "a field that can't be aggregated": [{ type: "VALUE", fieldPath: "contact.name" }, "fieldPath"],
    "a range over dates": [
      { type: "RANGE", fieldPath: "_updatedDate", range: { buckets: [{ from: 1 }] } },
      "fieldPath",
    ],
    "the removed groupBy": [
      { type: "VALUE", fieldPath: "points.balance", groupBy: { name: "g" } },
      "groupBy",
    ],
  };
  for (const [name, [aggregation, field]] of Object.entries(refused)) {
    it(`l10 ${name} is refused by name`, async () => {
      const error = await official.refusal(
        accounts.searchAccounts({ aggregations: [aggregation] }),
      );
      assert.deepEqual(official.fieldsOf(error), [`search.aggregations[0].${field}`]);
    });
  }

  it("l10 an unknown time zone is refused by name", async () => {
    const error = await official.refusal(accounts.searchAccounts({ timeZone: "Mars/Olympus" }));
    assert.deepEqual(official.fieldsOf(error), ["search.timeZone"]);
  });
});
