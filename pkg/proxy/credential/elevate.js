import { onlyKnown } from "../known.js";
import { needHeaderText, seal } from "./credential.js";

/**
 * Wix's own backend, where no key is needed: a function that sends with the site's elevated identity.
 *
 * @param {(url: string, init: object) => Promise<Response>} send
 * @param {{ siteId?: string }} [options]
 */
export function elevate(send, options = {}) {
  onlyKnown("elevate", options, ["siteId"]);
  const { siteId = "this-site" } = options;
  if (typeof send !== "function") {
    throw new TypeError("elevate: give a function, such as auth.elevate(httpClient.fetchWithAuth)");
  }
  needHeaderText("elevate", { siteId });
  return seal({
    siteId,
    keyKind: "other",
    open: () => [{ attach: () => undefined, secrets: () => [], send }],
  });
}
