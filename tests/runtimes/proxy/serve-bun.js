/* global Bun */
import { makeProxy } from "./options.js";

const proxy = makeProxy(JSON.parse(process.argv[2]));
const { port } = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request) => proxy.fetch(request),
});
console.log(`http://127.0.0.1:${port}`);
