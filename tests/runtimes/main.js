// Runs the suite in whatever runtime starts this file, and prints the result as one line.
import * as client from "loyalty-edge";
import * as proxy from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { runAll } from "./suite.js";

console.log(JSON.stringify(await runAll({ createSandbox, proxy, client })));
