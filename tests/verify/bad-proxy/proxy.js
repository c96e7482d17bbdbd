import { createServer } from "node:http";
import { createPublicKey, verify } from "node:crypto";
import { identify, Denied } from "./identity.js";
import { createBooks } from "./ledger.js";
import { Problem, readBody } from "./requests.js";
import { ROUTES } from "./calls.js";

/**
 * A proxy in front of the sandbox as somebody might write one by hand, with every defence in place,
 * and a switch for each: a hole is opened by its name. It shares no code with the proxy of the
 * package, so what finds its holes finds holes in the protocol, not in our way of writing it.
 */

const BASE = "/loyalty";
const CORS_HEADERS = "authorization, content-type, x-loyalty-client, idempotency-key";

/**
 * @param {{ sandbox: any, upstream: string, issuer: any, origin: string, holes?: readonly string[] }} options
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startBadProxy({ sandbox, upstream, issuer, origin, holes = [] }) {
  const open = (hole) => holes.includes(hole);
  const [key] = issuer.jwks.keys;
  const shared = { sandbox, upstream, issuer, key, origin, open, books: createBooks(open) };
  const server = createServer({ maxHeadersCount: 0 }, async (request, response) => {
    const id = crypto.randomUUID();
    const extra = {};
    let answer;
    try {
      answer = await handle(shared, request, extra);
    } catch (error) {
      answer = failure(shared, error, request, id);
    }
    send(shared, { request, response, id, extra }, answer);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}

async function handle(shared, request, extra) {
  const { open, issuer } = shared;
  let { method } = request;
  if (!request.url.startsWith("/")) throw new Problem(400, "INVALID_ARGUMENT", "no path");
  const url = new URL(`http://proxy${request.url}`);
  if (url.pathname === "/.well-known/jwks.json") return { status: 200, body: issuer.jwks };
  if (open("serves-files") && url.pathname.endsWith("/.env"))
    return { status: 200, body: { text: "WIX_API_KEY=…" } };
  if (!url.pathname.startsWith(`${BASE}/`)) throw new Problem(404, "NOT_FOUND", "nothing here");
  const path = url.pathname.slice(BASE.length);
  if (path === "/healthz" && method === "GET") return { status: 200, body: { status: "ok" } };

  checkOrigin(shared, request);
  if (method === "OPTIONS" && request.headers["access-control-request-method"])
    return { status: 204, preflight: true };
  if (request.rawHeaders.length > 200 && !open("many-headers"))
    throw new Problem(431, "HEADERS_TOO_LARGE", "too many headers");
  if (method === "TRACE" && open("trace")) return { status: 200, body: request.headers };
  if (path === "/webhooks") return webhook(shared, request);
  checkClient(shared, request);
  if (open("method-override") && request.headers["x-http-method-override"])
    method = request.headers["x-http-method-override"];
  if (open("method-by-query") && url.searchParams.get("_method"))
    method = url.searchParams.get("_method");
  if (open("original-url") && request.headers["x-original-url"]) {
    return {
      status: 200,
      body: await upward(shared, request, extra)("GET", request.headers["x-original-url"]),
    };
  }

  const { route, params } = find(shared, method, path);
  if (route === undefined) {
    const caller = await identify(shared, request, url);
    if (open("open-table") && caller.role !== "visitor")
      return { status: 200, body: await upward(shared, request, extra)(method, path) };
    throw new Problem(404, "NOT_FOUND", "there is no such method here");
  }
  const [methods, , roles, work, ways = []] = route;
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  if (hasBody) checkType(shared, request);
  const caller = await identify(shared, request, url);
  const more = ways.flatMap(([hole, ...who]) => (open(hole) ? who : []));
  const isRead = methods.includes("GET") || /\/(?:query|search|count)$/.test(path);
  const granted = [...roles, ...more].includes(caller.role);
  if (!granted && !(open("visitors-read") && isRead && caller.role === "visitor"))
    throw new Problem(403, "PERMISSION_DENIED", "not granted");
  if (hasBody && url.search !== "" && !open("method-by-query"))
    throw new Problem(400, "INVALID_ARGUMENT", "a query on a POST");
  const body = hasBody ? await readBody(request, open) : undefined;
  const who =
    caller.memberId === undefined && more.includes("visitor")
      ? { role: "member", memberId: shared.sandbox.members[0].memberId }
      : caller;
  const call = {
    ...shared,
    caller: who,
    request,
    query: url.searchParams,
    body,
    up: upward(shared, request, extra),
  };
  return {
    status: open("created") && methods.includes("POST") ? 201 : 200,
    body: await work(call, params),
  };
}

function find({ open }, method, path) {
  const matching = ROUTES.flatMap((route) => {
    const match = route[1].exec(path);
    return match ? [{ route, params: match.slice(1) }] : [];
  });
  if (matching.length === 0) return { route: undefined, params: [] };
  const isAction = path.startsWith("/actions/");
  const fits = ([methods]) =>
    methods.includes(method) ||
    (isAction && open("get-earns") && ["GET", "HEAD"].includes(method)) ||
    (isAction && open("any-method") && ["PUT", "PATCH", "DELETE"].includes(method));
  const found = matching.find(({ route }) => fits(route));
  if (found === undefined) throw new Problem(405, "METHOD_NOT_ALLOWED", "not with this method");
  return found;
}

function checkOrigin({ origin, open }, request) {
  const { origin: from, "x-forwarded-host": forwarded } = request.headers;
  if (from === undefined || isListed({ origin, open }, from)) return;
  if (open("trusts-forwarded-host") && forwarded && new URL(from).host === forwarded) return;
  throw new Problem(403, "ORIGIN_DENIED", "this origin may not call");
}

function isListed({ origin, open }, from) {
  if (from === origin || open("origin-reflected") || open("cors-star")) return true;
  if (open("origin-null") && from === "null") return true;
  if (open("origin-ends-with")) return from.endsWith(new URL(origin).host);
  if (open("origin-begins-with")) return from.startsWith(origin);
  return open("origin-pattern") && new RegExp(`^${origin}$`).test(from);
}

function checkClient({ open }, request) {
  const {
    "sec-fetch-site": site,
    "x-loyalty-client": client,
    origin: from,
    authorization,
  } = request.headers;
  const isForeign = site === "cross-site" && (from === undefined || authorization === undefined);
  if (isForeign && !open("cross-site"))
    throw new Problem(403, "ORIGIN_DENIED", "from another site");
  if (client === undefined && !open("no-client-header"))
    throw new Problem(403, "ORIGIN_DENIED", "X-Loyalty-Client is missing");
}

function checkType({ open }, request) {
  const { "content-type": type = "", "content-encoding": coding } = request.headers;
  if (coding !== undefined && !open("gzip"))
    throw new Problem(415, "UNSUPPORTED_MEDIA_TYPE", "not compressed");
  const isForm = open("form-bodies") && type.startsWith("application/x-www-form-urlencoded");
  if (
    !/^application\/json(?:; *charset=utf-8)?$/i.test(type) &&
    !isForm &&
    !open("any-content-type")
  ) {
    throw new Problem(415, "UNSUPPORTED_MEDIA_TYPE", "application/json only");
  }
}

/** Calls the sandbox with the credential. */
function upward({ sandbox, upstream, open }, request, extra) {
  return async (method, path, body) => {
    const headers = {
      authorization: sandbox.apiKey,
      "wix-site-id": sandbox.siteId,
      ...(body && { "content-type": "application/json" }),
    };
    if (open("forwards-headers")) {
      for (const name of ["wix-site-id", "x-sandbox-fault"])
        if (request.headers[name]) headers[name] = request.headers[name];
    }
    const response = await fetch(upstream + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      redirect: "manual",
    });
    if (open("upstream-headers"))
      Object.assign(
        extra,
        Object.fromEntries(
          [...response.headers].filter(([name]) => !/^content-|^connection|^date|^keep/.test(name)),
        ),
      );
    const text = await response.text();
    if (response.status === 200) return JSON.parse(text);
    throw Object.assign(new Problem(response.status, "UPSTREAM", "the upstream refused"), {
      text,
      target: upstream + path,
      headers,
    });
  };
}

async function webhook({ issuer, key, open }, request) {
  if (request.method !== "POST") throw new Problem(405, "METHOD_NOT_ALLOWED", "POST only");
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  const [head, body, signature] = text.split(".");
  if (open("webhooks-plain") && text.startsWith("{")) return { status: 200, body: {} };
  if (body === undefined || signature === undefined)
    throw new Problem(400, "INVALID_ARGUMENT", "no token");
  // The key of this shop is an elliptic one; what counts is that nothing else is believed.
  const fits = verify(
    "sha256",
    Buffer.from(`${head}.${body}`),
    { key: createPublicKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!fits && !open("webhooks-unverified"))
    throw new Problem(401, "UNAUTHENTICATED", `not of ${issuer.issuer}`.slice(0, 6));
  return { status: 200, body: {} };
}

function failure({ open, upstream }, error, request, id) {
  if (error instanceof Denied)
    return {
      status: 401,
      problem: { code: "UNAUTHENTICATED", detail: error.message, requestId: id },
    };
  if (!(error instanceof Problem)) {
    const detail = open("stack-traces") ? error.stack : "the proxy failed";
    return { status: 500, problem: { code: "PROXY_INTERNAL", detail, requestId: id } };
  }
  if (error.code !== "UPSTREAM")
    return {
      status: error.status,
      problem: { code: error.code, detail: error.message, requestId: id },
    };
  if (open("upstream-errors")) return { status: error.status, body: JSON.parse(error.text) };
  // Only what the caller could have said better is the caller's to know.
  const known = [400, 404, 409, 428].includes(error.status);
  let detail = "there is no such thing, or it is not yours";
  if (open("upstream-in-error")) detail = `failed: ${upstream}/loyalty-accounts`;
  if (open("credential-in-error"))
    detail = JSON.stringify({ target: error.target, headers: error.headers });
  const code = known
    ? ({ 400: "INVALID_ARGUMENT", 404: "NOT_FOUND" }[error.status] ?? "CONFLICT")
    : "UPSTREAM_ERROR";
  return { status: known ? error.status : 502, problem: { code, detail, requestId: id } };
}

function send(
  { open, origin },
  { request, response, id, extra },
  { status, body, problem, preflight },
) {
  const from = request.headers.origin;
  const headers = { "x-request-id": id, ...extra };
  if (!open("no-vary")) headers.vary = "Origin, Sec-Fetch-Site";
  if (!open("sniffing")) headers["x-content-type-options"] = "nosniff";
  if (!open("caching")) headers["cache-control"] = "no-store";
  if (from !== undefined && isListed({ origin, open }, from))
    headers["access-control-allow-origin"] = from;
  if (open("cors-star")) headers["access-control-allow-origin"] = "*";
  if (open("cors-credentials")) headers["access-control-allow-credentials"] = "true";
  if (open("set-cookie")) headers["set-cookie"] = "session=1";
  if (preflight) {
    Object.assign(headers, {
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": CORS_HEADERS,
      "access-control-max-age": "600",
    });
  } else {
    const isPage = problem && open("html-errors");
    headers["content-type"] = isPage
      ? "text/html"
      : problem
        ? "application/problem+json"
        : "application/json";
    const text = isPage
      ? `<h1>${problem.code}</h1><p>${request.url}`
      : JSON.stringify(
          problem
            ? { type: "about:blank", title: problem.code, status, retryable: false, ...problem }
            : body,
        );
    headers["content-length"] = Buffer.byteLength(text);
    response.writeHead(status, headers);
    response.end(request.method === "HEAD" ? undefined : text);
    return;
  }
  response.writeHead(status, headers);
  response.end();
}
