// `npm test`: installs, builds, lints, runs every suite, counts. `npm test -- sandbox proxy`, or
// `npm run test:sandbox`, runs only those suites. Full output of each is in test-results/.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./lib/build.js";
import { complaint } from "./lib/counts.js";
import { lint } from "./lib/lint.js";
import { at } from "./lib/paths.js";
import { Failure, main, watch } from "./lib/process.js";
import { ensure, toLint } from "./lib/requirements.js";
import { suites } from "./lib/suites.js";

const RESULTS = at("test-results");
const HEARTBEAT_SECONDS = 20;
const started = Date.now();

const say = (line) => process.stdout.write(`[${clock(Date.now() - started)}] ${line}\n`);
const clock = (ms) => {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
};

function chosen(names) {
  const unknown = names.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    throw new Failure(
      `there is no suite ${unknown}; there are ${suites.map(({ name }) => name).join(", ")}.`,
    );
  }
  return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
}

async function runSuite({ name, title, program, args, seconds, least, show, files, count }) {
  say(`${title}: running`);
  const begun = Date.now();
  const elapsed = () => Math.round((Date.now() - begun) / 1000);
  if (files?.().length === 0) {
    say(`${title}: FAILED, no test file found`);
    return { title, passed: 0, failed: 1, skipped: 0, seconds: 0, why: "no test file found" };
  }
  const heartbeat = setInterval(() => say(`${title}: ${elapsed()} s`), HEARTBEAT_SECONDS * 1000);
  const pieces = [];
  const onOutput = (piece) => pieces.push(piece);
  const outcome = await watch(program, args(), { seconds, onOutput });
  clearInterval(heartbeat);

  const output = Buffer.concat(pieces).toString();
  writeFileSync(join(RESULTS, `${name.replaceAll(":", "-")}.log`), output);
  const counts = count(output);
  const why = complaint(counts, outcome, least);
  if (why !== undefined) {
    process.stdout.write(`${output.split("\n").slice(-200).join("\n")}\n`);
    // A suite that broke without a failed test (none ran, a crash, a skip) still counts as one.
    counts.failed = Math.max(counts.failed, 1);
  }
  say(
    `${title}: ${why === undefined ? "ok" : `FAILED, ${why}`}, ${counts.passed} passed, ${elapsed()} s`,
  );
  for (const [, line] of show ? output.matchAll(show) : [])
    process.stdout.write(`        ${line}\n`);
  return { title, ...counts, seconds: elapsed(), why };
}

function report(results) {
  const width = Math.max(...results.map(({ title }) => title.length));
  const row = (title, passed, failed, seconds, why) =>
    `${title.padEnd(width)} ${String(passed).padStart(7)} ${String(failed).padStart(7)} ${String(seconds).padStart(8)}  ${why}`;
  const lines = results.map((r) => row(r.title, r.passed, r.failed, r.seconds, r.why ?? "ok"));
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const [passed, failed] = [sum("passed"), sum("failed")];
  process.stdout.write(
    `\n${[row("suite", "passed", "failed", "seconds", ""), ...lines].join("\n")}\n\n`,
  );
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

await main(async () => {
  const names = process.argv.slice(2);
  const wanted = chosen(names);
  const isWhole = names.length === 0;
  mkdirSync(RESULTS, { recursive: true });

  say("installing what is missing, building");
  if (isWhole) ensure(toLint);
  ensure(wanted.flatMap(({ needs }) => needs));
  build();
  const results = [];
  if (isWhole) {
    say("lints");
    const begun = Date.now();
    let why;
    try {
      lint();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      why = error.message;
      say(why);
    }
    // Lints are no tests: they count only when they fail.
    const seconds = Math.round((Date.now() - begun) / 1000);
    results.push({
      title: "lints",
      passed: 0,
      failed: why ? 1 : 0,
      skipped: 0,
      seconds,
      why: why?.split("\n")[0],
    });
  }
  for (const suite of wanted) results.push(await runSuite(suite));
  report(results);
});
