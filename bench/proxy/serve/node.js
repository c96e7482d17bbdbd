// One contender on Node, in its best form there: undici's Pool instead of the global fetch, answers buffered.
import { createServer } from "node:http";
import { once } from "node:events";
import { serve as serveHono } from "@hono/node-server";
import { serve } from "loyalty-edge/proxy/node";
import { Pool } from "undici";
import { hono } from "../contenders/hono.js";
import { ours } from "../contenders/ours.js";
import { callsFor } from "../contenders/pass.js";

const [contender, text] = process.argv.slice(2);
const settings = JSON.parse(text);

const pooled = () => {
  const pool = new Pool(settings.upstream, { connections: 64, pipelining: 1 });
  return async (call) => {
    const { statusCode, body } = await pool.request(call);
    return { status: statusCode, text: await body.text() };
  };
};

const START = {
  async ours() {
    const { url } = await serve(ours(settings), { port: 0 });
    return new URL(url).port;
  },
  async hono() {
    const { fetch } = hono(settings, pooled());
    const server = serveHono({ fetch, port: 0, hostname: "127.0.0.1" });
    await once(server, "listening");
    return server.address().port;
  },
  async pass() {
    const forward = pooled();
    const { key, siteId } = settings;
    const headers = { authorization: key, "wix-site-id": siteId };
    const withBody = { ...headers, "content-type": "application/json" };
    const server = createServer(async (request, response) => {
      let last;
      for (const call of callsFor(request.method, request.headers.authorization, settings)) {
        last = await forward({ ...call, headers: call.body === undefined ? headers : withBody });
      }
      const type = "application/json";
      const length = Buffer.byteLength(last.text);
      response.writeHead(last.status, { "content-type": type, "content-length": length });
      response.end(last.text);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return server.address().port;
  },
};

console.log(await START[contender]());
