// The official npm client, given a sandbox instead of Wix. It knows nothing of us: what it reads
// right, code written for Wix reads right.
import { after } from "node:test";
import { ApiKeyStrategy, createClient } from "@wix/sdk";
import * as loyalty from "@wix/loyalty";
import { createSandbox } from "loyalty-edge/sandbox";

const { accounts, transactions, programs, tiers, rewards, coupons } = loyalty;
const modules = { accounts, transactions, programs, tiers, rewards, coupons };

/** A sandbox that ends with the test file. */
export async function sandboxForTests(options = {}) {
  const sandbox = await createSandbox({ seed: 7, ...options });
  after(() => sandbox.close());
  return sandbox;
}

/** Calls with the elevated credential, in process. */
export function appClient(sandbox, options = {}) {
  const { apiKey, siteId } = sandbox;
  return officialClient(sandbox.fetch, ApiKeyStrategy({ apiKey, siteId }), options);
}

/** Calls with somebody's own token, bare as the official strategies send it. */
export function tokenClient(sandbox, token) {
  const getAuthHeaders = async () => ({ headers: { Authorization: token } });
  return officialClient(sandbox.fetch, { getAuthHeaders });
}

export function officialClient(fetch, auth, options = {}) {
  return createClient({ modules, auth, fetch, ...options });
}

/** What a call is refused with. */
export async function refusal(promise) {
  const value = await promise.then(
    (value) => value,
    (error) => error,
  );
  if (!(value instanceof Error)) throw new Error(`not refused: ${JSON.stringify(value)}`);
  return value;
}

export const codeOf = (error) => error.details.applicationError.code;
export const fieldsOf = (error) =>
  error.details.validationError.fieldViolations.map(({ field }) => field);
