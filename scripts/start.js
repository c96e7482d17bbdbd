// `npm start`: builds what is missing, then runs `loyalty-edge dev` with the arguments given.
import { pathToFileURL } from "node:url";
import { build } from "./lib/build.js";
import { at } from "./lib/paths.js";
import { main } from "./lib/process.js";

await main(async () => {
  build();
  // In this very process, so that a signal reaches the servers without being passed on.
  const command = at("pkg", "cli", "main.js");
  process.argv.splice(1, 1, command, "dev");
  await import(pathToFileURL(command).href);
});
