// What a page loads for every function, up to its first answered call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { baseline, BUDGET, measure } from "../../scripts/lib/size/measure.js";
import { readable } from "../../scripts/lib/size/wasm.js";

test("a page's bytes are within the budget and below the official client's", async (t) => {
  const { rows } = await measure();
  const before = baseline();
  for (const [name, { raw, gzip, brotli }] of Object.entries(rows)) {
    const change = before[name] ? gzip - before[name].gzip : "new";
    t.diagnostic(`${name}: ${raw} raw, ${gzip} gzip, ${brotli} brotli, change ${change}`);
  }
  assert.ok(rows.wasm.gzip > 1_000 && rows.js.gzip > 1_000, "both halves were found");
  assert.ok(
    rows.total.gzip <= BUDGET,
    `${rows.total.gzip} bytes gzipped are above ${BUDGET}: \`npm run size\` says whose they are`,
  );
  assert.ok(rows.total.gzip < rows["official, 12 functions"].gzip);
});

test("the names of Rust functions are read", () => {
  assert.equal(
    readable("_ZN12loyalty_edge5codec4walk6Walker5value17h0123456789abcdefE"),
    "loyalty_edge::codec::walk::Walker::value",
  );
  assert.equal(readable("begin_call"), "begin_call");
});
