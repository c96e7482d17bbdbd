/* global Bun */
import { fetcher } from "./fetcher.js";

const [contender, settings] = process.argv.slice(2);
const handle = fetcher(contender, JSON.parse(settings));
const { port } = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => handle(request) });
console.log(port);
