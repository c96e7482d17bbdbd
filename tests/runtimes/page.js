// The suite in a page, and by way of a message in a service worker.
import * as client from "loyalty-edge";
import * as proxy from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";
import { runAll } from "./suite.js";

const parts = { createSandbox, proxy, client };

if (globalThis.document) {
  globalThis.runInPage = () => runAll(parts);
} else {
  self.addEventListener("install", () => self.skipWaiting());
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("message", (event) => {
    const done = runAll(parts).then((result) => event.source.postMessage(result));
    event.waitUntil(done);
  });
}
