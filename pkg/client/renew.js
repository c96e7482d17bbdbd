// A token that the proxy refused is asked for anew, once for all the calls that it was refused to. Loaded by the first
// 401; it imports nothing, so that a bundler leaves what a page has already in one file.

/** The most requests of one call. */
const ATTEMPTS = 3;
/** Bulk jobs and redemptions leave once, whatever the answer. */
const NEVER = 4;

/**
 * @param {any} client
 * @param {any} request What got 401; it takes the new token.
 * @param {any} response
 * @param {any} [watch]
 * @returns {Promise<boolean>} Whether to send the request again. If not, the refusal is the call's answer.
 */
export async function renew(client, request, response, watch) {
  if (request.renewed || typeof client.token !== "function") return false;
  request.renewed = true;
  const fresh = await newToken(client, request.used);
  // Without a token it would be a visitor's call.
  if (!fresh || fresh === request.used) return false;
  if (request.attempt >= ATTEMPTS || request.effect === NEVER) return false;
  request.bearer = fresh;
  request.attempt += 1;
  watch?.again({ code: "UNAUTHENTICATED", status: 401 }, 0);
  // Nobody reads its body: the connection is free again.
  response.body?.cancel?.().catch(() => {});
  return true;
}

/** The answer to the question for a new token. It is put once for all calls that had the same one. */
async function newToken(client, used) {
  const now = performance.now();
  let { renewal } = client;
  // Refusals of the old token go on coming in for as long as a call may take. A question that hangs counts as lost.
  if (renewal?.used !== used || now - renewal.at > client.timeoutMs) {
    renewal = client.renewal = { used, at: now, bearer: client.bearer({ refresh: true }) };
  }
  try {
    return await renewal.bearer;
  } catch (cause) {
    client.renewal = undefined;
    // The caller is told of the refusal. A token that must not be here is told of at once.
    if (cause.code === "UNAUTHENTICATED") return undefined;
    throw cause;
  }
}
