import { isFirst, poolOf, wasCutShort } from "./pool-node.js";
import { textOf } from "./read-node.js";
import { sendByOwnFetch } from "./send.js";

// Upstream on Node, by undici's pool and a handler of our own: its `fetch`, and Node's, make streams, promises and
// signals for each call, which cost several times as much of the processor as the call.

/** As it was when this was loaded: who puts another in its place wants to see the calls. */
const ownFetch = globalThis.fetch;

/** @type {import("./send.js").Send} */
export function sendOnNode(call, headers = call.headers) {
  if (globalThis.fetch !== ownFetch) return sendByOwnFetch(call, headers);
  return new Promise((resolve, reject) => new Sending(call, headers, resolve, reject).go());
}

/** How undici and Node call it when a connection is gone. */
const GONE = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** One call under way. undici calls what begins with `on`. */
class Sending {
  /** @type {Buffer[]} */
  chunks = [];
  size = 0;
  status = 0;
  /** @type {Buffer[]} Names and values in turn, as they came. */
  headers = [];
  hasBegun = false;
  isReused = false;
  isRepeat = false;
  /** @type {((error: Error) => void) | undefined} */
  abort;

  /**
   * @param {import("./send.js").Call} call
   * @param {Record<string, string>} given
   * @param {(reply: import("./send.js").Reply) => void} resolve
   * @param {(error: Error) => void} reject
   */
  constructor(call, given, resolve, reject) {
    this.call = call;
    this.given = given;
    this.resolve = resolve;
    this.reject = reject;
    call.stop.onStop = () => this.end();
  }

  go() {
    const { upstream, path, method, body } = this.call;
    poolOf(upstream).dispatch({ path, method, headers: this.given, body }, this);
  }

  /** Nobody waits for more. */
  end() {
    const error = new Error("nobody waits for it");
    this.reject(error);
    this.abort?.(error);
  }

  onConnect(abort) {
    // Before it has a connection there is nothing to abort.
    if (this.call.stop.hasStopped) throw new Error("nobody waits for it");
    this.abort = abort;
    this.isReused = !isFirst();
  }

  onResponseStarted() {
    this.hasBegun = true;
  }

  onHeaders(status, headers) {
    // Of several the last is the answer: those before it say that it is to come.
    this.status = status;
    this.headers = headers;
    return true;
  }

  onData(chunk) {
    this.size += chunk.byteLength;
    if (this.size <= this.call.maxBytes) {
      this.chunks.push(chunk);
      return true;
    }
    this.resolve(this.reply("", true));
    // Left as it is, it would go on coming.
    this.end();
    return false;
  }

  onComplete() {
    if (wasCutShort(() => valueOf(this.headers, "transfer-encoding") !== null)) {
      this.reject(new Error("the answer was cut short"));
      return;
    }
    try {
      this.resolve(this.reply(textOf(this.chunks), false));
    } catch (error) {
      this.reject(error);
    }
  }

  onError(error) {
    // A connection that the server gave up in the moment it was used again: nothing has come of the call, and a read
    // may go again. A write that was lost so has an unknown outcome, and is not for here to repeat.
    const isLost = this.isReused && !this.hasBegun && GONE.has(error.code);
    const mayGoAgain = this.call.method === "GET" && !this.isRepeat && !this.call.stop.hasStopped;
    if (!isLost || !mayGoAgain) return this.reject(error);
    this.isRepeat = true;
    this.abort = undefined;
    this.go();
  }

  reply(text, tooLarge) {
    const { status, headers } = this;
    return {
      status,
      header: (/** @type {string} */ name) => valueOf(headers, name),
      text,
      tooLarge,
    };
  }
}

/**
 * @param {Buffer[]} headers
 * @param {string} name In lower case.
 */
function valueOf(headers, name) {
  let found = null;
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at].length !== name.length) continue;
    if (headers[at].toString("latin1").toLowerCase() !== name) continue;
    const value = headers[at + 1].toString("latin1");
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}
