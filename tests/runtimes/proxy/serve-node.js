import { serve } from "loyalty-edge/proxy/node";
import { makeProxy } from "./options.js";

const { url } = await serve(makeProxy(JSON.parse(process.argv[2])), { port: 0 });
console.log(url);
