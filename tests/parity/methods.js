// The methods of the API by name, as the conformance cases list them; the proxy's own `earn` apart.
import { readdirSync } from "node:fs";

const files = readdirSync(new URL("../conformance/", import.meta.url));
export const ENDPOINTS = files
  .filter((name) => name.endsWith(".json") && name !== "earn.json")
  .map((name) => name.replace(".json", ""));
