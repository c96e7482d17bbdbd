import { onlyKnown } from "../known.js";
import { needHeaderText, seal } from "./credential.js";

/**
 * An API key of a Wix site, or of the sandbox.
 *
 * @param {{ key: string, siteId: string, accountId?: string }} options
 */
export function apiKey(options) {
  onlyKnown("apiKey", options, ["key", "siteId", "accountId"]);
  const { key, siteId, accountId } = options;
  needHeaderText("apiKey", { key, siteId, ...(accountId === undefined ? {} : { accountId }) });
  return seal({
    siteId,
    keyKind: kindOf(key),
    open: () => [
      {
        attach(headers) {
          headers.authorization = key;
          headers["wix-site-id"] = siteId;
          if (accountId !== undefined) headers["wix-account-id"] = accountId;
        },
        secrets: () => [key],
      },
    ],
  });
}

/** @param {string} key */
function kindOf(key) {
  if (key.startsWith("IST.")) return "wix";
  return key.startsWith("SANDBOX.") ? "sandbox" : "other";
}
