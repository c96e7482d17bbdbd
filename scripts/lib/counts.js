// How many tests ran, read from what the runners print. A suite that can't be counted, ran none or
// skipped any has failed: silence is not success.

import { stripVTControlCharacters } from "node:util";

/** Sums the `test result:` lines of cargo and of wasm-bindgen's runner. */
export function cargo(output) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const line = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
  for (const [, passed, failed, ignored] of plain(output).matchAll(line)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  return counts;
}

/** Reads the closing summary of `node --test` with the spec reporter. */
export function node(output) {
  const text = plain(output);
  const last = (name) =>
    Number([...text.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  // Node 20 counts a file without tests as one test that passed, named by its path.
  const empty = text.match(/^✔ \S+\.test\.js \(/gm)?.length ?? 0;
  return {
    passed: last("pass") - empty,
    failed: last("fail") + last("cancelled") + empty,
    skipped: last("skipped") + last("todo"),
  };
}

/** Why a suite has not passed, or undefined if it has. `outcome` is its process's own complaint. */
export function complaint({ passed, failed, skipped }, outcome, least = 1) {
  if (failed > 0) return `${failed} failed`;
  if (outcome !== undefined) return outcome;
  if (skipped > 0) return `${skipped} skipped`;
  if (passed === 0) return "ran no test";
  if (passed < least) return `ran ${passed} tests of at least ${least}`;
  return undefined;
}

const plain = (output) => stripVTControlCharacters(output).replaceAll("\r", "");
