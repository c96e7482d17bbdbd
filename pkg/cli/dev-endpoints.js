/**
 * What `dev` serves beside page and proxy, under `/dev/`: the issuer's keys, the sign-in, and the
 * cast of the demo. Sign-in hands a token to whoever asks, so it answers only this machine, only
 * this origin, and only a caller that set a header no foreign page can set unasked.
 */

const MAX_BODY_BYTES = 1024;

/**
 * @typedef {import("./issuer.js").Person} Person
 * @typedef {{
 *   origin: string,
 *   issuer: Awaited<ReturnType<typeof import("./issuer.js").createIssuer>>,
 *   findMember: (memberId: string) => Promise<Person | undefined>,
 *   cast: object,
 * }} Options
 */

/**
 * @param {Options} options
 * @returns {(request: Request) => Promise<Response>}
 */
export function createDevEndpoints({ origin, issuer, findMember, cast }) {
  /** @type {Record<string, { method: string, answer: (request: Request) => Promise<Response> }>} */
  const routes = {
    // Public keys, read by the proxy's own verifier: no guard but loopback.
    "/dev/jwks.json": { method: "GET", answer: async () => json(200, issuer.jwks) },
    "/dev/cast.json": { method: "GET", answer: async () => json(200, cast) },
    "/dev/sign-in": { method: "POST", answer: signIn },
  };

  /** @param {Request} request */
  async function signIn(request) {
    const refused = foreign(request, origin);
    if (refused !== undefined) return refused;
    const wanted = await readAs(request);
    if (wanted === undefined) {
      return problem(
        400,
        "INVALID_ARGUMENT",
        'Send {"as": memberId}, {"as": "staff"} or {"as": "admin"}.',
      );
    }
    const signed = await signFor(wanted);
    if (signed === undefined) {
      return problem(404, "NOT_FOUND", "The sandbox has no member of that id; see /dev/cast.json.");
    }
    // A shell script wants the token alone: TOKEN=$(curl … -H 'Accept: text/plain').
    if (request.headers.get("accept") === "text/plain") {
      return new Response(signed.token, { headers: { ...HEADERS, "content-type": "text/plain" } });
    }
    return json(200, signed);
  }

  /** @param {string} wanted */
  async function signFor(wanted) {
    if (wanted === "staff" || wanted === "admin") return issuer.signRole(wanted);
    const person = await findMember(wanted);
    return person && issuer.signMember(person);
  }

  return async (request) => {
    const { pathname } = new URL(request.url);
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (route === undefined) return problem(404, "NOT_FOUND", "There is nothing here.");
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (method !== route.method) {
      return problem(405, "METHOD_NOT_ALLOWED", `Use ${route.method}.`, { allow: route.method });
    }
    return route.answer(request);
  };
}

/**
 * @param {Request} request
 * @param {string} origin
 */
function foreign(request, origin) {
  const { headers } = request;
  if (!headers.get("x-loyalty-client")) {
    return problem(403, "PERMISSION_DENIED", "Send the header X-Loyalty-Client: NAME/VERSION.");
  }
  const site = headers.get("sec-fetch-site");
  const from = headers.get("origin");
  if ((from !== null && from !== origin) || (site !== null && site !== "same-origin")) {
    return problem(403, "PERMISSION_DENIED", "Only the demo page's own origin may sign in here.");
  }
  const type = headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (type !== "application/json") {
    return problem(415, "INVALID_ARGUMENT", "Send the body as application/json.");
  }
  return undefined;
}

/**
 * @param {Request} request
 * @returns {Promise<string | undefined>}
 */
async function readAs(request) {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return undefined;
  try {
    const body = JSON.parse(await request.text());
    return typeof body?.as === "string" && body.as.length <= 64 ? body.as : undefined;
  } catch {
    return undefined;
  }
}

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * @param {number} status
 * @param {unknown} value
 */
function json(status, value) {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, "content-type": "application/json" },
  });
}

/**
 * The proxy's shape of a refusal, so that one reader serves both.
 *
 * @param {number} status
 * @param {string} code
 * @param {string} detail
 * @param {Record<string, string>} [headers]
 */
export function problem(status, code, detail, headers = {}) {
  const body = {
    type: "about:blank",
    title: code,
    status,
    code,
    detail,
    retryable: false,
    message: detail,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...HEADERS, ...headers, "content-type": "application/problem+json" },
  });
}
