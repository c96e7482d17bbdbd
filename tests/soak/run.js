// `npm run soak -- kill9 [KILLS]`: tests that are too long for `npm test`, in full length.
import { writeFileSync } from "node:fs";
import { at } from "../../scripts/lib/paths.js";
import { Failure, main } from "../../scripts/lib/process.js";
import { killNine, summary } from "./kill9.js";

const say = (line) => process.stdout.write(`${line}\n`);

const soaks = {
  async kill9(kills = "100") {
    const begun = Date.now();
    const result = await killNine({ kills: Number(kills), say });
    const { lost, broken, ...counts } = result;
    const seconds = Math.round((Date.now() - begun) / 1000);
    const record = {
      ...counts,
      lost: lost.length,
      broken: broken.length,
      seconds,
      node: process.version,
    };
    writeFileSync(at("tests", "soak", "kill9.json"), `${JSON.stringify(record, null, 2)}\n`);
    say(
      `${result.kills} kills in ${seconds} s, ${result.inStarts} of them in starts: ${summary(result)}`,
    );
    for (const line of [...lost, ...broken].slice(0, 20)) say(line);
    if (lost.length + broken.length > 0 || result.acknowledged === 0) process.exitCode = 1;
  },
};

await main(async () => {
  const [name, ...rest] = process.argv.slice(2);
  if (!Object.hasOwn(soaks, name ?? "")) {
    throw new Failure(`there is no soak ${name}; there are ${Object.keys(soaks).join(", ")}.`);
  }
  await soaks[name](...rest);
});
