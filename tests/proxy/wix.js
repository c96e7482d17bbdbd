// Wix as far as members sign in there: the sandbox, and before it what the sandbox has not, which is the login page
// (redirect-session) and the exchange of its codes. Every call is recorded.
import { createHash, randomUUID } from "node:crypto";
import { createSandbox } from "loyalty-edge/sandbox";

const s256 = (text) => createHash("sha256").update(text).digest("base64url");
export const CLIENT_ID = "headless-client";
export const LOGIN_PAGE = "https://shop-login.example";

/** @param {{ seed?: number }} [options] */
export async function wix(options = {}) {
  const sandbox = await createSandbox({ seed: 5, now: "2030-01-01T10:00:00Z", ...options });
  const seen = [];
  const codes = new Map();
  let asked;
  const control = (path, init = {}) =>
    sandbox.fetch(`http://sandbox${path}`, { method: "POST", ...init });

  /** The tokens of a member, as the exchange of a code gives them. */
  async function tokensOf(member) {
    const headers = { authorization: sandbox.apiKey, "wix-site-id": sandbox.siteId };
    const grant = { grant_type: "authorized_client", member_id: member.memberId };
    const response = await control("/oauth2/token", { headers, body: JSON.stringify(grant) });
    return response.json();
  }

  async function token(body) {
    if (body.grantType !== "authorization_code") return undefined;
    const found = codes.get(body.code);
    codes.delete(body.code);
    const good =
      found !== undefined &&
      body.clientId === CLIENT_ID &&
      body.redirectUri === found.redirectUri &&
      found.codeChallengeMethod === "S256" &&
      s256(body.codeVerifier) === found.codeChallenge;
    if (!good) return Response.json({ error: "invalid_grant" }, { status: 400 });
    return Response.json(await tokensOf(found.member));
  }

  async function loginPage(request, body) {
    const isVisitor = request.headers.get("authorization")?.startsWith("OauthNG.JWS.");
    if (!isVisitor) return new Response("", { status: 401 });
    asked = body.auth.authRequest;
    return Response.json({ redirectSession: { fullUrl: `${LOGIN_PAGE}/login?session=1` } });
  }

  return {
    sandbox,
    seen,
    tokensOf,
    /** Replaces an answer by path. */
    bend: {},
    get asked() {
      return asked;
    },

    /** What the login page does when a member signs in: the URL that the browser is sent to. */
    authorize(member) {
      const code = randomUUID();
      codes.set(code, { ...asked, member });
      const back = new URL(asked.redirectUri);
      back.searchParams.set("code", code);
      back.searchParams.set("state", asked.state);
      return back;
    },

    async fetch(request) {
      const { pathname } = new URL(request.url);
      const text = await request.clone().text();
      const body = text.startsWith("{") ? JSON.parse(text) : undefined;
      seen.push({ path: pathname, authorization: request.headers.get("authorization"), body });
      const bent = await this.bend[pathname]?.(request, body);
      if (bent !== undefined) return bent;
      if (pathname === "/_api/redirects-api/v1/redirect-session") return loginPage(request, body);
      const exchanged = pathname === "/oauth2/token" ? await token(body) : undefined;
      return exchanged ?? sandbox.fetch(request);
    },
  };
}
