// `npm run lint`. Builds first: lints see what pkg/generated/ holds.
import { build } from "./lib/build.js";
import { lint } from "./lib/lint.js";
import { main, say } from "./lib/process.js";

await main(() => {
  build();
  lint();
  say("no lint complains");
});
