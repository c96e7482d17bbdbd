/* global Deno */
import { makeProxy } from "./options.js";

const proxy = makeProxy(JSON.parse(Deno.args[0]));
Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  },
  (request) => proxy.fetch(request),
);
