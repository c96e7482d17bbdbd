// `npm run build`: everything that is generated, in pkg/generated/ and pkg/wasm/.
// `npm run build -- proxy` rebuilds only that binary.
import { build, buildWasm } from "./lib/build.js";
import { main, say } from "./lib/process.js";

await main(() => {
  const only = process.argv.slice(2);
  if (only.length > 0) return only.forEach(buildWasm);
  build();
  say("built: try `npx --no-install loyalty-edge dev`");
});
