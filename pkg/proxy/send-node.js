import { Buffer } from "node:buffer";
import { Agent as Plain, request as plain } from "node:http";
import { Agent as Secure, request as secure } from "node:https";
import { readStream } from "./read.js";
import { sendByOwnFetch } from "./send.js";

// Node's own client. Its global fetch costs several times as much of the processor for the same call.

/** How long a connection waits for its next call. Servers give up idle ones after five seconds, many of them. */
const IDLE_MS = 4_000;
const options = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 256 };
const agents = { "http:": new Plain(options), "https:": new Secure(options) };

/** As it was when this was loaded: who puts another in its place wants to see the calls. */
const ownFetch = globalThis.fetch;

/** @type {Map<string, { protocol: string, hostname: string, port: string }>} */
const hosts = new Map();

/** @type {import("./send.js").Send} */
export async function sendOnNode(call) {
  if (globalThis.fetch !== ownFetch) return sendByOwnFetch(call);
  try {
    return await once(call);
  } catch (error) {
    // A connection that the server gave up in the moment it was used again: nothing has come of the call, and a read
    // may go again. A write that was lost so has an unknown outcome, and is not for here to repeat.
    if (error.code !== "ECONNRESET" || !error.wasReused || call.method !== "GET") throw error;
    return once(call);
  }
}

function once({ upstream, path, method, headers, body, maxBytes, stop }) {
  return new Promise((resolve, reject) => {
    const { protocol, hostname, port } = hostOf(upstream);
    const isSecure = protocol === "https:";
    const agent = isSecure ? agents["https:"] : agents["http:"];
    const all = { ...headers };
    if (body !== undefined) all["content-length"] = String(Buffer.byteLength(body));
    const request = (isSecure ? secure : plain)({
      ...{ hostname, port, path, method, headers: all, agent },
    });
    const fail = (error) => reject(Object.assign(error, { wasReused: request.reusedSocket }));
    request.on("error", fail);
    request.on("response", (response) => {
      const header = (name) => {
        const value = response.headers[name];
        return value === undefined ? null : String(value);
      };
      readStream(response, maxBytes).then((read) => {
        // Left as it is, it would go on coming.
        if (read.tooLarge) request.destroy();
        resolve({ status: response.statusCode ?? 0, header, ...read });
      }, reject);
    });
    stop.onStop = () => request.destroy();
    request.end(body);
  });
}

/** @param {string} upstream One of few: a developer's own setting. */
function hostOf(upstream) {
  let host = hosts.get(upstream);
  if (host === undefined) {
    const { protocol, hostname, port } = new URL(upstream);
    host = { protocol, hostname: hostname.replace(/^\[|\]$/g, ""), port };
    hosts.set(upstream, host);
  }
  return host;
}
