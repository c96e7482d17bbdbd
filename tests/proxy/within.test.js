// Waiting, but not for ever, by a clock that all who wait as long have together.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { withinShared } from "../../pkg/proxy/within.js";
import { at } from "../../scripts/lib/paths.js";

const never = () => new Promise(() => {});
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("p23_whoever_waits_too_long_is_told_and_not_before", async () => {
  const began = performance.now();
  const ends = [];
  const late = (name, promise) =>
    promise.catch((error) => ends.push([name, error.name, performance.now() - began >= 40]));
  const first = late("first", withinShared(40, never()));
  await pause(15);
  const second = late("second", withinShared(40, never()));
  const third = withinShared(
    40,
    pause(5).then(() => "in time"),
  );
  assert.equal(await third, "in time");
  await Promise.all([first, second]);
  assert.ok(performance.now() - began >= 55, "the second had as long as the first");
  assert.deepEqual(ends, [
    ["first", "TimedOut", true],
    ["second", "TimedOut", true],
  ]);
});

test("what_was_waited_for_comes_as_it_is", async () => {
  await assert.rejects(withinShared(41, Promise.reject(new Error("broken"))), /broken/);
  assert.equal(await withinShared(41, Promise.resolve(7)), 7);
  // Once more, after the clock has rung for nobody.
  await pause(60);
  await assert.rejects(withinShared(41, never()), { name: "TimedOut" });
});

test("a_clock_that_nobody_waits_by_keeps_no_process_alive_and_one_that_somebody_does_keeps_it", async () => {
  const file = JSON.stringify(pathToFileURL(at("pkg", "proxy", "within.js")));
  const program = `
    import { withinShared } from ${file};
    await withinShared(60_000, Promise.resolve());
    await withinShared(60_001, Promise.resolve());
    await withinShared(30, Promise.resolve());
    console.log(await withinShared(30, new Promise(() => {})).catch(({ name }) => name));`;
  const args = ["--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  assert.equal(stdout.trim(), "TimedOut");
});
