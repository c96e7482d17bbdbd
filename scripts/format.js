// `npm run format`: Rust by rustfmt, everything else by prettier.
import { main, run } from "./lib/process.js";
import { ensure, toBuild, toLint } from "./lib/requirements.js";

await main(() => {
  ensure([...toBuild, ...toLint]);
  run("cargo", ["fmt", "--all"]);
  run("prettier", ["--write", "--log-level", "warn", "."]);
});
