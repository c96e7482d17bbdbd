// The rules C1–C11 of the client as plain functions: no test framework, no engine, a stub for fetch. Each engine that the
// suite drives runs all of them; scripts/rules.js prints which rule was proven where.
import { answers } from "./answers.js";
import { calls } from "./calls.js";
import { life } from "./life.js";
import { lists } from "./lists.js";

/** By name; a name begins with the number of its rule. */
export const cases = { ...calls, ...answers, ...lists, ...life };

/** So long one case may take, in milliseconds. */
const PATIENCE_MS = 30_000;

/** Runs a case within its time. */
async function within(run) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took over ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs every case, one after the other.
 *
 * @returns {Promise<{ passed: string[], failed: { name: string, why: string }[] }>}
 */
export async function runRules(all = cases) {
  const result = { passed: [], failed: [] };
  for (const [name, run] of Object.entries(all)) {
    try {
      await within(run);
      result.passed.push(name);
    } catch (error) {
      result.failed.push({ name, why: String(error?.stack || error) });
    }
  }
  return result;
}
