// The sandbox on a port of this machine, for programs that can't be given a `fetch`.
import { createServer } from "node:http";

export { sqliteStore } from "./sqlite.js";

const MAX_BODY = 1024 * 1024;
/** A cursor may have 16,000 characters and comes in a query string; Node's own limit is 16 KiB for all headers. */
const MAX_HEADERS = 256 * 1024;

/**
 * @param {import("./index.js").Sandbox} sandbox
 * @param {{ port?: number, host?: string }} [options]
 * @returns {Promise<import("./node.js").Server>}
 */
export async function serve(sandbox, { port = 0, host = "127.0.0.1" } = {}) {
  /** @type {Set<NodeJS.Timeout>} */
  const waits = new Set();
  const server = createServer({ maxHeaderSize: MAX_HEADERS }, (request, response) => {
    answer(sandbox, request, response, waits).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(`The sandbox failed: ${error?.message}\n`);
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(undefined));
  });
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    close() {
      for (const timer of waits) clearTimeout(timer);
      const closed = new Promise((resolve) => server.close(() => resolve(undefined)));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function answer(sandbox, request, response, waits) {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413, { "content-type": "text/plain", connection: "close" });
    response.end("The sandbox takes bodies up to 1 MiB.\n");
    return;
  }
  // The request line goes in as it came: a URL object would tidy up the very paths that tests send.
  const { method, url: target } = request;
  const reply = await sandbox.answer({ method, target, headers: pairs(request.rawHeaders), body });
  if (reply.delayMs > 0) {
    await new Promise((resolve) => {
      const timer = setTimeout(() => {
        waits.delete(timer);
        resolve(undefined);
      }, reply.delayMs);
      waits.add(timer);
    });
  }
  send(reply, request, response);
}

function send({ status, headers, body, drop, cutAt }, request, response) {
  if (drop) {
    request.socket.destroy();
    return;
  }
  const bytes = Buffer.from(body);
  const length = status === 204 ? {} : { "content-length": String(bytes.length) };
  response.writeHead(status, { ...Object.fromEntries(headers), ...length });
  if (cutAt === null) {
    response.end(bytes);
    return;
  }
  // The promised length never comes: the socket goes down once the first part is on its way.
  response.write(bytes.subarray(0, cutAt), () => request.socket.destroy());
}

function pairs(raw) {
  const all = [];
  for (let at = 0; at + 1 < raw.length; at += 2) all.push([raw[at], raw[at + 1]]);
  return all;
}

async function readBody(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
