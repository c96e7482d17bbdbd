// The suite as a worker: what workerd runs.
import * as client from "loyalty-edge";
import * as proxy from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { runAll } from "./suite.js";

export default {
  async fetch() {
    return Response.json(await runAll({ createSandbox, proxy, client }));
  },
};
