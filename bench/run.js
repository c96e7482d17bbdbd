// `npm run bench -- NAME [--quick] [--json]`. What is measured and how is in README.md.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { at } from "../scripts/lib/paths.js";
import { Failure, main } from "../scripts/lib/process.js";

const FLAGS = ["--quick", "--json"];

await main(async () => {
  const [name = "", ...flags] = process.argv.slice(2);
  const file = at("bench", name, "index.js");
  if (!/^[a-z]+$/.test(name) || !existsSync(file)) {
    throw new Failure(`there is no bench "${name}"; see ${join("bench", "README.md")}.`);
  }
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) {
    throw new Failure(`unknown flag ${unknown}; there are ${FLAGS.join(" and ")}.`);
  }
  const { bench } = await import(pathToFileURL(file).href);
  await bench({ quick: flags.includes("--quick"), json: flags.includes("--json") });
});
