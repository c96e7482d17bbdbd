import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

/**
 * One request over a socket, byte by byte as it was written. `fetch` and `node:http` tidy up the
 * very requests that an attacker sends: dot segments, line breaks, headers twice, a method nobody
 * knows. So this is HTTP/1.1 by hand, one connection for each request, and never a redirect.
 *
 * @typedef {{ host: string, port: number, tls: boolean }} Place
 * @typedef {{ status: number, headers: [name: string, value: string][], text: string }} Reply
 * @typedef {{ none: "timeout" | "closed" | "unreachable" }} NoReply
 */

const MAX_ANSWER_BYTES = 1024 * 1024;
const NOBODY_LISTENS = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/**
 * @param {Place} place
 * @param {Buffer} bytes The whole request.
 * @param {{ timeoutMs: number, head?: boolean }} options `head`: the answer has no body, whatever its headers say.
 * @returns {Promise<Reply | NoReply>}
 */
export function exchange({ host, port, tls }, bytes, { timeoutMs, head = false }) {
  return new Promise((resolve) => {
    const bare = host.replace(/^\[|\]$/g, "");
    const socket = tls
      ? connectTls({ host: bare, port, servername: /[a-z]/i.test(bare) ? bare : undefined })
      : connect({ host: bare, port });
    let got = Buffer.alloc(0);
    /** @param {Reply | NoReply} outcome */
    const end = (outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(
      () => end(readReply(got, head, true) ?? { none: "timeout" }),
      timeoutMs,
    );
    socket.once(tls ? "secureConnect" : "connect", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      got = Buffer.concat([got, chunk]);
      const reply = readReply(got, head, got.length > MAX_ANSWER_BYTES);
      if (reply !== undefined) end(reply);
    });
    socket.on("end", () => end(readReply(got, head, true) ?? { none: "closed" }));
    // A server may answer 413 and hang up while the body is still on its way: the answer counts.
    socket.on("error", (error) => {
      const { code = "" } = /** @type {NodeJS.ErrnoException} */ (error);
      const none = NOBODY_LISTENS.includes(code) ? "unreachable" : "closed";
      end(readReply(got, head, true) ?? { none });
    });
  });
}

/**
 * The answer in these bytes, if it is there in full; with `last`, what there is of it.
 *
 * @param {Buffer} bytes
 * @param {boolean} head
 * @param {boolean} last
 * @returns {Reply | undefined}
 */
export function readReply(bytes, head, last) {
  const split = bytes.indexOf("\r\n\r\n");
  if (split < 0) return undefined;
  const [first, ...lines] = bytes.subarray(0, split).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? NaN);
  if (!Number.isInteger(status)) return undefined;
  const rest = bytes.subarray(split + 4);
  if (status >= 100 && status < 200) return readReply(rest, head, last);
  /** @type {[string, string][]} */
  const headers = lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
  });
  const value = (/** @type {string} */ name) => headers.find(([known]) => known === name)?.[1];
  if (head || status === 204 || status === 304) return { status, headers, text: "" };
  const body = /chunked/i.test(value("transfer-encoding") ?? "")
    ? unchunk(rest, last)
    : sized(rest, value("content-length"), last);
  return body && { status, headers, text: body.toString("utf8") };
}

/**
 * @param {Buffer} bytes
 * @param {string | undefined} length
 * @param {boolean} last
 */
function sized(bytes, length, last) {
  const size = length === undefined ? Infinity : Number(length);
  if (bytes.length >= size) return bytes.subarray(0, size);
  return last ? bytes : undefined;
}

/**
 * @param {Buffer} bytes
 * @param {boolean} last
 */
function unchunk(bytes, last) {
  const parts = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? NaN : parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (size === 0) return Buffer.concat(parts);
    if (!(line + 2 + size <= bytes.length)) return last ? Buffer.concat(parts) : undefined;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
