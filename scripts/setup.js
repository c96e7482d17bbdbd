// `npm run setup`: installs whatever building and testing need and this machine lacks.
import { ensure, toBrowse, toBuild, toLint, toTestWasm } from "./lib/requirements.js";
import { main, say } from "./lib/process.js";

await main(() => {
  ensure([...toBuild, ...toLint, ...toTestWasm, ...toBrowse]);
  say("everything is installed");
});
