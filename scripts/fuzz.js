// `npm run fuzz`: ten million inputs against the codec and its oracle; see tests/fuzz/README.md.
// `npm run fuzz -- 100000 7` tries another number, from another seed.
import { Failure, main, run, say } from "./lib/process.js";
import { ensure, toBuild } from "./lib/requirements.js";

await main(() => {
  const [inputs = "10000000", seed = String(Date.now())] = process.argv.slice(2);
  if (![inputs, seed].every((number) => /^[1-9]\d*$/.test(number)))
    throw new Failure("the number of inputs and the seed are whole numbers above 0.");
  ensure(toBuild);
  say(`fuzz: ${inputs} inputs, seed ${seed}`);
  const env = { FUZZ_INPUTS: inputs, FUZZ_SEED: seed, FUZZ_KEEP: "1" };
  const which = ["--profile", "fuzz", "-p", "loyalty-edge", "--test", "fuzz"];
  run("cargo", ["test", "--locked", "--quiet", ...which, "mutations"], { env });
  say("fuzz: nothing found; what led somewhere new is in tests/fuzz/corpus.jsonl");
});
