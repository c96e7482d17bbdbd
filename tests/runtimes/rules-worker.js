// The client's cases as a worker: what workerd runs.
import { runRules } from "../client/cases/index.js";

export default {
  async fetch() {
    return Response.json(await runRules());
  },
};
