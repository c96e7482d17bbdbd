// Running other programs. Whatever they print goes to standard error: standard output belongs to
// the command that the user asked for.
import { spawn, spawnSync } from "node:child_process";
import { environment, root } from "./paths.js";

/** A failure whose message is written for the reader: shown without a stack. */
export class Failure extends Error {
  name = "Failure";
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs a program to its end, its output on standard error; throws if it fails. */
export function run(program, args, { env, cwd = root, hint = "" } = {}) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd,
    env: environment(env),
    stdio: ["ignore", 2, 2],
  });
  if (status === 0) return;
  const why = error?.message ?? (signal ? `was ended by ${signal}` : `exited with ${status}`);
  throw new Failure([`${program} ${args.join(" ")}: ${why}.`, hint].filter(Boolean).join(" "));
}

/** What a program prints on standard output, or undefined if it is missing or fails. */
export function ask(program, args) {
  const { status, stdout } = spawnSync(program, args, {
    cwd: root,
    env: environment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Runs a program in a process group of its own, each piece of output handed to `onOutput`. When
 * the time is up the whole group ends: a test that leaves a browser behind must not stall the next.
 */
export function watch(program, args, { env, seconds, onOutput }) {
  return new Promise((done) => {
    const child = spawn(program, args, {
      cwd: root,
      env: environment(env),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const endGroup = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group has already ended.
      }
    };
    let outcome;
    const timer = setTimeout(() => {
      outcome = `took longer than ${seconds} s`;
      endGroup("SIGKILL");
    }, seconds * 1000);
    const interrupt = () => {
      endGroup("SIGKILL");
      process.exit(130);
    };
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
    child.stdout.on("data", onOutput);
    child.stderr.on("data", onOutput);
    child.on("error", (error) => (outcome = error.message));
    child.on("exit", () => endGroup("SIGTERM"));
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      process.removeListener("SIGINT", interrupt).removeListener("SIGTERM", interrupt);
      outcome ??= status === 0 ? undefined : signal ? `ended by ${signal}` : `exit code ${status}`;
      done(outcome);
    });
  });
}

/** Runs a script's main function: a Failure ends it with its message and status 1. */
export async function main(action) {
  try {
    await action();
  } catch (error) {
    say(error instanceof Failure ? `error: ${error.message}` : error.stack);
    process.exitCode = 1;
  }
}
