// Times the calls of cases.js. The four contenders take turns within each round, so that a slow moment of the
// machine is everybody's.
import { contenders, NAMES } from "./cases.js";

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

async function repeat(call, times) {
  for (let left = times; left > 0; left -= 1) await call();
}

/** Calls a contender so often; what an engine whose clock stands still is asked from outside. */
export const batch = (name, who, times) => repeat(contenders(name)[who], times);

/**
 * @param {{ rounds: number, batchMs: number, names?: string[], time?: (name: string, who: string, times: number) => Promise<number> }} options
 *   `time` gives the milliseconds of so many calls, where the engine's own clock can't.
 * @returns {Promise<Record<string, Record<string, number>>>} Microseconds of a call, by case and contender.
 */
export async function measure({ rounds, batchMs, names = NAMES, time }) {
  const results = {};
  for (const name of names) {
    const all = time ? undefined : contenders(name);
    const spent = async (who, times) => {
      if (time) return time(name, who, times);
      const began = performance.now();
      await repeat(all[who], times);
      return performance.now() - began;
    };
    const samples = {};
    for (const who of ["stub", "byHand", "ours", "official"]) {
      // Warm, and find how many calls fill a batch.
      let times = 1;
      for (let ms = 0; ms < batchMs && times < 1e6;) {
        ms = await spent(who, times);
        if (ms < batchMs)
          times = Math.ceil(times * Math.min(Math.max((1.2 * batchMs) / ms, 1.5), 10));
      }
      samples[who] = { times, calls: [] };
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const [who, { times, calls }] of Object.entries(samples)) {
        calls.push(((await spent(who, times)) / times) * 1000);
      }
    }
    results[name] = Object.fromEntries(
      Object.entries(samples).map(([who, { calls }]) => [who, median(calls)]),
    );
  }
  return results;
}
