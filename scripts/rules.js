// `node scripts/rules.js L`: which tests prove which rule of a letter. Fails where a rule has none.
import { main, Failure } from "./lib/process.js";
import { RULES, table } from "./lib/rules.js";

await main(() => {
  const letters = process.argv.slice(2).map((letter) => letter.toUpperCase());
  const unknown = letters.find((letter) => RULES[letter] === undefined);
  if (unknown !== undefined || letters.length === 0) {
    throw new Failure(`say which rules: ${Object.keys(RULES).join(", ")}.`);
  }
  const without = letters.flatMap((letter) => {
    const { lines, missing } = table(letter);
    process.stdout.write(`${lines.join("\n")}\n`);
    return missing;
  });
  if (without.length > 0) throw new Failure(`no test for ${without.join(", ")}.`);
});
