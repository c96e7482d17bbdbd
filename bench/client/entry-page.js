// For pages. Sets `globalThis.finished`, which the driver waits for.
import { init } from "../../pkg/client/index.js";
import { measure } from "./measure.js";

try {
  const options = await (await fetch("/options.json")).json();
  await init(await (await fetch("/client.wasm")).arrayBuffer());
  globalThis.finished = { agent: navigator.userAgent, results: await measure(options) };
} catch (error) {
  globalThis.finished = { error: String(error?.stack ?? error) };
}
