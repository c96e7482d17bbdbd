import { createServer } from "node:http";
import { cameFrom } from "./address.js";
import { directs } from "./incoming.js";
import { ofMessage } from "./message.js";

// A proxy, or anything that has `fetch(Request)`, on Node's own HTTP server.

export { fileAudit } from "./file-audit.js";

const DRAIN_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * @param {{ fetch: (request: Request) => Promise<Response> }} app
 * @param {{ port?: number, host?: string, drainMs?: number }} [options]
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serve(app, { port = 0, host = "127.0.0.1", drainMs = DRAIN_MS } = {}) {
  let closing = false;
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    listener(app, () => closing),
  );
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(undefined));
  });
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  const name = host.includes(":") ? `[${host}]` : host;
  const stop = () => {
    closing = true;
    return close(server, drainMs);
  };
  return { url: `http://${name}:${actual}`, close: stop };
}

/**
 * A proxy as a handler of Node's own requests: for `http.createServer`, Express, Fastify's `raw` or any other server
 * that hands those out.
 *
 * @param {{ fetch: (request: Request) => Promise<Response> }} app
 * @param {() => boolean} [isClosing] Whether connections are to be given up after their answers.
 * @returns {(incoming: import("node:http").IncomingMessage, outgoing: import("node:http").ServerResponse) => void}
 */
export function listener(app, isClosing = () => false) {
  return (incoming, outgoing) => {
    answer(app, incoming, outgoing, isClosing).catch(() => outgoing.destroy());
  };
}

/** Takes nothing new and lets what is under way finish, but not for ever. */
async function close(server, drainMs) {
  const closed = new Promise((resolve) => server.close(() => resolve(undefined)));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  timer.unref();
  await closed;
  clearTimeout(timer);
}

/** What `fetch` makes no request of: said here, because nobody behind can be asked. */
const NO_REQUEST = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Without it a browser would keep the connection, and a server that closes would wait for its next request. */
const GIVE_UP = ["connection", "close"];

/** What of an app's own headers is written here, once. */
const OURS = new Set(["set-cookie", "content-length"]);

const UNREADABLE = "This is not a request that can be read.";

const unreadable = () => ({
  status: 400,
  flat: ["content-type", "text/plain;charset=UTF-8"],
  body: UNREADABLE,
});

async function answer(app, incoming, outgoing, isClosing) {
  if (NO_REQUEST.has(incoming.method)) {
    outgoing.writeHead(405, { allow: "GET, POST, OPTIONS", "content-length": 0 }).end();
    return;
  }
  const direct = directs.get(app.fetch);
  if (direct !== undefined) {
    const request = ofMessage(incoming);
    const { status, flat, body } = request === undefined ? unreadable() : await direct(request);
    if (isClosing()) flat.push(...GIVE_UP);
    end(incoming, outgoing, status, flat, body);
    return;
  }
  const request = toRequest(incoming);
  const response =
    request === undefined ? new Response(UNREADABLE, { status: 400 }) : await app.fetch(request);
  const body = Buffer.from(await response.arrayBuffer());
  const cookies = response.headers.getSetCookie();
  const headers = [...response.headers].filter(([name]) => !OURS.has(name));
  // As one header two cookies would be one: their own syntax has commas.
  headers.push(...cookies.map((line) => ["set-cookie", line]));
  if (isClosing()) headers.push(GIVE_UP);
  // An answer to HEAD has the length of what GET would bring.
  const isHead = incoming.method === "HEAD";
  const length = (isHead && response.headers.get("content-length")) || undefined;
  end(incoming, outgoing, response.status, headers.flat(), body, length);
}

function end(incoming, outgoing, status, headers, body, length = Buffer.byteLength(body)) {
  headers.push("content-length", String(length));
  outgoing.writeHead(status, headers);
  outgoing.end(incoming.method === "HEAD" ? undefined : body);
}

/** @returns {Request | undefined} `undefined` for what is no request: a bad host, a target that is no path. */
function toRequest(incoming) {
  const { method = "GET", headers, rawHeaders } = incoming;
  // Express takes the path that it is mounted at out of `url`, and keeps it here.
  const url = incoming.originalUrl ?? incoming.url ?? "";
  const host = headers.host ?? "localhost";
  if (!url.startsWith("/") || !/^[A-Za-z0-9.:[\]_-]+$/.test(host)) return undefined;
  try {
    const copied = new Headers();
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      copied.append(rawHeaders[at], rawHeaders[at + 1]);
    }
    const hasBody = method !== "GET" && method !== "HEAD";
    const request = new Request(`http://${host}${url}`, {
      method,
      headers: copied,
      body: hasBody ? streamOf(incoming) : null,
      // @ts-expect-error -- Node asks for it where a body is a stream; the DOM's types don't know it.
      duplex: "half",
    });
    cameFrom(request, incoming.socket.remoteAddress);
    return request;
  } catch {
    return undefined;
  }
}

/**
 * The body as a web stream. Node's own conversion destroys the socket when a reader stops half way, and with it the
 * answer that says why: 413.
 */
function streamOf(incoming) {
  return new ReadableStream({
    start(controller) {
      incoming.on("data", (chunk) => {
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.on("end", () => controller.close());
      incoming.on("error", (error) => controller.error(error));
      incoming.pause();
    },
    pull() {
      incoming.resume();
    },
    cancel() {
      incoming.removeAllListeners("data");
      incoming.removeAllListeners("end");
      incoming.resume();
    },
  });
}
