// The wasm instance: loads it once, speaks its protocol, and replaces it after a trap.
//
// Nothing of a call lives in the instance between two of its calls, so a fresh one serves calls that began on
// another, and an instance whose memory has grown large can simply be dropped.
import { LoyaltyError, toError, reason } from "./errors.js";

const LARGE = 16 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

let source;
let loading;
let compiled;
let core;

/** Says where this runtime has the wasm. Called once, by a file of load/. */
export const withWasm = (from) => {
  source = from;
};

const compile = async (from) => {
  const given = await from;
  if (given instanceof WebAssembly.Module) return given;
  if (ArrayBuffer.isView(given) || given instanceof ArrayBuffer) return WebAssembly.compile(given);
  const response = await fetch(given);
  if (!response.ok) throw new Error(`The server answered ${response.status} for ${response.url}.`);
  return WebAssembly.compile(await response.arrayBuffer());
};

/**
 * Loads the wasm unless it is there. A load that failed is tried again by the next call.
 *
 * @param {unknown} [from] The module, its bytes or its URL, instead of where the package has it.
 */
export async function init(from) {
  if (compiled) return;
  loading ??= compile(from ?? source());
  try {
    compiled = await loading;
  } catch (cause) {
    throw new LoyaltyError(
      "NETWORK_ERROR",
      `The client's WebAssembly did not load: ${reason(cause)} Is its file served, and does the page's Content-Security-Policy allow 'wasm-unsafe-eval'?`,
      { retryable: true, cause },
    );
  } finally {
    loading = undefined;
  }
}

/** Whether `init` has nothing left to do. */
export const isReady = () => compiled !== undefined;

/**
 * Runs one of the core's functions. A trap becomes an error like any other, and the next run has a new instance.
 *
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
const guarded = (work) => {
  try {
    core ??= new WebAssembly.Instance(compiled).exports;
    return work();
  } catch (cause) {
    core = undefined;
    throw new LoyaltyError(
      "INTERNAL",
      "The client itself failed. The next call works; please report it.",
      {
        cause,
      },
    );
  }
};

/** Writes text into the core's memory; gives its length in bytes. */
const write = (text) => {
  // A character is at most three bytes; a page of accounts is nearly all ASCII, so ask for little first.
  let room = text.length;
  for (;;) {
    const start = core.input(room);
    const { read, written } = encoder.encodeInto(
      text,
      new Uint8Array(core.memory.buffer, start, room),
    );
    if (read === text.length) return written;
    room = text.length * 3;
  }
};

/**
 * Runs a step of the core and takes its text.
 *
 * @param {() => number} step Whether it went well.
 * @returns {{ said?: string, problem?: object }}
 */
const say = (step) =>
  guarded(() => {
    const fine = step();
    const said = decoder.decode(
      new Uint8Array(core.memory.buffer, core.output(), core.output_length()),
    );
    if (core.memory.buffer.byteLength > LARGE) core = undefined;
    return fine ? { said } : { problem: JSON.parse(said) };
  });

/**
 * Checks a call's arguments and gives the request to send.
 *
 * @param {number} operation
 * @param {string} text The arguments, as a JSON array.
 * @param {string} key Fills in a missing key of the body.
 */
export const begin = (operation, text, key) => {
  const { said, problem } = say(() => core.begin_call(operation, write(text + key), key.length));
  if (problem) throw toError(problem);
  const cut = said.indexOf("\n");
  return { path: said.slice(0, cut), body: said.slice(cut + 1) || undefined };
};

/** Checks an answer: the text of the value to return, or the problem. */
export const finish = (operation, status, text) =>
  say(() => core.finish_call(operation, status, write(text)));

/** Milliseconds to wait before the next attempt, -1 to give up, -2 if nobody knows the outcome. */
export const retry = (...failure) => guarded(() => core.retry_call(...failure));
