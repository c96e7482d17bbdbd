// Answers of a proxy that has no engine to word them: it failed, or there is none for the request.

export const BROKEN = {
  status: 500,
  code: "PROXY_INTERNAL",
  detail: "the proxy failed; its log has the request id",
};
export const NO_SITE = { status: 404, code: "NOT_FOUND", detail: "there is no such method here" };

/**
 * @param {{ status: number, code: string, detail: string }} problem
 * @param {string} requestId
 * @returns {import("./incoming.js").Answer}
 */
export function plainProblem({ status, code, detail }, requestId) {
  const words = code.toLowerCase().replaceAll("_", " ");
  const body = {
    type: `urn:loyalty-edge:error:${words.replaceAll(" ", "-")}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    status,
    code,
    detail,
    retryable: false,
    requestId,
    message: detail,
    details: { applicationError: { code, description: detail, data: {} } },
  };
  const headers = {
    "content-type": "application/problem+json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    vary: "Origin, Sec-Fetch-Site",
    "x-request-id": requestId,
    "x-wix-request-id": requestId,
  };
  const text = JSON.stringify(body);
  const response = () => new Response(text, { status, headers });
  return { status, flat: Object.entries(headers).flat(), body: text, response };
}
