// The state behind each client, and behind the default one.
import { LoyaltyError } from "./errors.js";

const clients = new WeakMap();
let byDefault;

export const misconfigured = (option, message) => {
  throw new LoyaltyError("INVALID_CONFIGURATION", `${option}: ${message}`);
};

/** Keeps a client's state: under the client, or as the default. */
export const keep = (state, self) => {
  if (self) clients.set(self, state);
  else byDefault = state;
};

/** The client that a function is bound to, or the default one. */
export const clientOf = (self) =>
  clients.get(self) ??
  byDefault ??
  misconfigured(
    "proxy",
    'there is no default client yet: call configure({ proxy: "/loyalty" }) first, or use createClient().',
  );
