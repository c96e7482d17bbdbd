/* global Deno */
import { fetcher } from "./fetcher.js";

const [contender, settings] = Deno.args;
const handle = fetcher(contender, JSON.parse(settings));
const onListen = ({ port }) => console.log(port);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, (request) => handle(request));
