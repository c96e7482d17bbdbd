// Runs the client's cases in whatever runtime starts this file, and prints the result as one line.
import { runRules } from "../client/cases/index.js";

console.log(JSON.stringify(await runRules()));
