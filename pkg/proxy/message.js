import { cameFrom } from "./address.js";
import { readMessage } from "./read-node.js";

// A request of Node's own server as the proxy takes it in: what the decisions want of it, and no more until asked.

const HOST = /^[A-Za-z0-9.:[\]_-]+$/;
/** What has nothing in it that parsing would change. */
const PLAIN = /^\/[\w\-/]*(?:\?[\w\-=&,]+)?$/;
const NOTHING = { text: "", tooLarge: false };

/**
 * @param {import("node:http").IncomingMessage & { originalUrl?: string }} message
 * @returns {import("./incoming.js").Incoming | undefined} `undefined` for what is no request: a bad host, a target that
 *   is no path.
 */
export function ofMessage(message) {
  const headers = new Fields(message.rawHeaders);
  // Express takes the path that it is mounted at out of `url`, and keeps it here.
  const path = message.originalUrl ?? message.url ?? "";
  const origin = originOf(headers.get("host") ?? "localhost");
  if (origin === undefined || !path.startsWith("/")) return undefined;
  if (PLAIN.test(path)) return new Message(message, headers, origin, path);
  const url = urlOf(origin + path);
  if (url === undefined) return undefined;
  return new Message(message, headers, origin, url.pathname + url.search, url.href);
}

/** Headers by name in lower case, counted as a `Request` would have them. */
class Fields {
  /** @type {Map<string, string>} */
  all = new Map();
  bytes = 0;

  /** @param {string[]} raw Names and values in turn. */
  constructor(raw) {
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = raw[at].toLowerCase();
      const value = raw[at + 1];
      const before = this.all.get(name);
      this.bytes += value.length + (before === undefined ? name.length : 2);
      // Two of a name are one with a comma, as a `Request` has them: a rule that saw only the first could be passed by.
      this.all.set(name, before === undefined ? value : `${before}, ${value}`);
    }
  }

  get(name) {
    return this.all.get(name) ?? null;
  }
}

class Message {
  #message;

  constructor(message, headers, origin, target, url = origin + target) {
    this.#message = message;
    this.method = message.method ?? "GET";
    this.headers = headers;
    this.target = target;
    this.url = url;
    this.address = message.socket.remoteAddress;
  }

  get headerCount() {
    return this.headers.all.size;
  }

  get headerBytes() {
    return this.headers.bytes;
  }

  async read(limit) {
    if (this.method === "GET" || this.method === "HEAD") return NOTHING;
    return readMessage(this.#message, limit, this.headers.get("content-length"));
  }

  whole() {
    return this.bare();
  }

  bare() {
    const request = new Request(this.url, {
      method: this.method,
      headers: [...this.headers.all],
    });
    cameFrom(request, this.address);
    return request;
  }
}

/** What hosts come to; so many are kept. */
const MAX_ORIGINS = 100;
/** @type {Map<string, string>} */
const origins = new Map();

/** @param {string} host Anybody's word. */
function originOf(host) {
  const known = origins.get(host);
  if (known !== undefined) return known;
  const origin = HOST.test(host) ? urlOf(`http://${host}/`)?.origin : undefined;
  if (origin === undefined) return undefined;
  if (origins.size >= MAX_ORIGINS) origins.clear();
  origins.set(host, origin);
  return origin;
}

function urlOf(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
