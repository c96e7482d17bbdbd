// An upstream of raw bytes, and calls to it.
import { once } from "node:events";
import { createServer } from "node:net";
import { Stop } from "../../pkg/proxy/send.js";

export const head = (status, ...more) => [`HTTP/1.1 ${status}`, ...more, "", ""].join("\r\n");

/** A server of raw bytes: `answer(socket, number of the request, its text)`. */
export async function raw(t, answer) {
  const seen = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => answer(socket, seen.push(String(chunk)), String(chunk)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { upstream: `http://127.0.0.1:${server.address().port}`, seen, sockets };
}

export const callTo = (upstream, more = {}) => ({
  ...{ upstream, path: "/a?b=c", method: "GET", maxBytes: 1_000, stop: new Stop() },
  headers: { authorization: "key" },
  ...more,
});
