// `npm run build`: everything that is generated, in pkg/generated/ and pkg/wasm/.
import { build } from "./lib/build.js";
import { main, say } from "./lib/process.js";

await main(() => {
  build();
  say("built: try `npx --no-install loyalty-edge dev`");
});
