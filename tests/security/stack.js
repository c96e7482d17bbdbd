// The real thing, for attacks: a sandbox on a port, a proxy on another, an issuer of ES256 tokens between them.
import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { readFileSync } from "node:fs";
import { apiKey, createProxy, jwt, memoryStore } from "loyalty-edge/proxy";
import { serve as serveProxy } from "loyalty-edge/proxy/node";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve as serveSandbox } from "loyalty-edge/sandbox/node";
import { createIssuer } from "../../pkg/cli/issuer.js";

const POLICY = new URL("../../pkg/cli/dev.policy.json", import.meta.url);
export const ORIGIN = "https://shop.example";

/** @param {{ sandbox?: object, policy?: (policy: any) => void }} [more] */
export async function startStack(t, more = {}) {
  const sandbox = await createSandbox({ seed: 11, ...more.sandbox });
  const upstream = await serveSandbox(sandbox, { port: 0 });
  const issuer = await createIssuer({ issuer: "https://login.shop.example" });
  const policy = JSON.parse(readFileSync(POLICY, "utf8"));
  more.policy?.(policy);
  const logs = [];
  const audits = [];
  const proxy = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: jwt({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks }),
    origins: [ORIGIN],
    store: memoryStore(),
    upstream: upstream.url,
    policy,
    confirm: { "review-exists": () => true },
    audit: (record) => void audits.push(record),
    log: (line) => void logs.push(line),
  });
  const server = await serveProxy(proxy, { port: 0 });
  t.after(async () => {
    await server.close();
    await upstream.close();
    sandbox.close();
  });
  const [a, b] = sandbox.members;
  const token = async (member) => (await issuer.signMember(member)).token;
  const tokens = {
    a: await token(a),
    b: await token(b),
    staff: (await issuer.signRole("staff")).token,
    admin: (await issuer.signRole("admin")).token,
  };

  /** Sends a request over a socket, with exactly these headers and this target. */
  async function send(method, path, { as, headers = {}, body, ...given } = {}) {
    const all = {
      origin: ORIGIN,
      "x-loyalty-client": "attack/1.0",
      ...(as === undefined ? {} : { authorization: `Bearer ${tokens[as] ?? as}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
      ...given.more,
    };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return raw(server.url, method, `/loyalty${path}`, all, text);
  }

  /** Everything that the ledger holds, in one hash. The clock runs on by itself. */
  async function ledger() {
    const response = await fetch(`${upstream.url}/_sandbox/export`, {
      headers: { "x-sandbox-control": "1" },
    });
    if (response.status !== 200) throw new Error(`export: ${response.status}`);
    const whole = await response.json();
    delete whole.clock;
    if (whole.transactions.length < 10) throw new Error("export: where are the transactions?");
    return createHash("sha256").update(JSON.stringify(whole)).digest("hex");
  }

  /** What arrived at the sandbox since the last look. */
  async function arrived() {
    const control = { headers: { "x-sandbox-control": "1" } };
    const response = await fetch(`${upstream.url}/_sandbox/requests`, control);
    const { requests } = await response.json();
    await fetch(`${upstream.url}/_sandbox/requests`, { ...control, method: "DELETE" });
    return requests;
  }

  return {
    sandbox,
    upstream,
    server,
    issuer,
    proxy,
    logs,
    audits,
    tokens,
    a,
    b,
    send,
    ledger,
    arrived,
  };
}

/** One request, written as told: `undefined` headers are left out, nothing is tidied up. */
export function raw(base, method, path, headers, body) {
  const { hostname, port } = new URL(base);
  const sent = Object.fromEntries(
    Object.entries(headers).filter(([, value]) => value !== undefined),
  );
  if (body !== undefined) sent["content-length"] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers: sent }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode,
          headers: response.headers,
          text,
          json: text.startsWith("{") ? JSON.parse(text) : undefined,
        });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}
