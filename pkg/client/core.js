// The wasm instance: loads it once, speaks its protocol, and replaces it after a trap.
//
// Nothing of a call lives in the instance between two of its calls, so a fresh one serves calls that began on
// another, and an instance whose memory has grown large can simply be dropped.
import { LoyaltyError, reason } from "./errors.js";

const LARGE = 16 * 1024 * 1024;
const PAGE = 65_536;
/** How far behind the text in the room its output stands. */
const GAP = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

let source;
let loading;
let compiled;
let core;
/** The memory in which texts are exchanged; empty once it has grown. */
let room;

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
    core = room = undefined;
    throw new LoyaltyError(
      "INTERNAL",
      "The client itself failed. The next call works; please report it.",
      { cause },
    );
  }
};

const roomOf = (core) =>
  room?.length ? room : (room = new Uint8Array(core.memory.buffer, core.room()));

/**
 * Writes a text and runs a step of the core over it.
 *
 * @param {string} text
 * @param {(length: number) => number} step Gives the length of its output, or the complement of that.
 * @returns {{ said?: string, wrong?: [string, number, number?][] }} What it wrote, or what is wrong with the text.
 */
const exchange = (text, step) =>
  guarded(() => {
    let done;
    while ((done = encoder.encodeInto(text, roomOf(core))).read < text.length)
      core.memory.grow(1 + ((((text.length - done.read) * 3) / PAGE) | 0));
    const length = step(done.written);
    const at = done.written + GAP;
    const said = decoder.decode(roomOf(core).subarray(at, at + (length < 0 ? ~length : length)));
    if (room.length > LARGE) core = room = undefined;
    return length < 0 ? { wrong: JSON.parse(`[${said.slice(0, -1)}]`) } : { said };
  });

/** Checks a call's arguments: the payload. `key` fills in a missing key of the body. */
export const begin = (number, text, key) =>
  exchange(key + text, (length) => core.begin(number, length, key.length));

/** Checks an answer: the text of the value. */
export const finish = (number, text) => exchange(text, (length) => core.finish(number, length));

/** Where in a method's answers values stand that JSON can't hold. */
export const shapeOf = (number) =>
  JSON.parse(exchange("", () => core.shape(number)).said.replaceAll("{,", "{"));

/** Milliseconds to wait before the next attempt, -1 to give up, -2 if nobody knows the outcome. */
export const retry = (...failure) => guarded(() => core.retry(...failure));
