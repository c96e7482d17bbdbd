// An OpenID provider in this process: discovery, an authorization page that signs in whoever `user` says, a token call
// that checks PKCE, client and one use, and keys. What goes wrong is set by `bend`.
import { createHash } from "node:crypto";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

export const ISSUER = "https://login.example";
export const CLIENT = { clientId: "shop", clientSecret: "client-secret-of-the-tests" };

const s256 = (text) => createHash("sha256").update(text).digest("base64url");

/** @param {{ now: () => number, secret?: string | null }} options */
export async function openIdProvider({ now, secret = CLIENT.clientSecret }) {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "provider", alg: "ES256" };
  const codes = new Map();
  const seen = [];
  const provider = {
    seen,
    user: { sub: "user-1" },
    /** Replaces an answer, or changes claims and headers of the id token. */
    bend: {},
    count: 0,

    /** What the page of the provider does with a user who says yes: the URL that the browser is sent to. */
    authorize(location) {
      const url = new URL(location);
      const asked = Object.fromEntries(url.searchParams);
      provider.asked = asked;
      const code = `code-${(provider.count += 1)}`;
      codes.set(code, { ...asked, user: provider.user });
      const back = new URL(asked.redirect_uri);
      for (const [name, value] of Object.entries({ code, state: asked.state, iss: ISSUER })) {
        back.searchParams.set(name, value);
      }
      return back;
    },

    async fetch(request) {
      const { pathname } = new URL(request.url);
      seen.push(pathname);
      const bent = provider.bend[pathname];
      if (bent !== undefined) return bent(request);
      if (pathname === "/.well-known/openid-configuration") return Response.json(DOCUMENT);
      if (pathname === "/jwks") return Response.json({ keys: [jwk] });
      if (pathname === "/token") return token(request);
      return new Response("", { status: 404 });
    },
  };

  async function token(request) {
    const form = new URLSearchParams(await request.text());
    const asked = codes.get(form.get("code"));
    codes.delete(form.get("code"));
    const basic = `Basic ${Buffer.from(`${CLIENT.clientId}:${secret}`).toString("base64")}`;
    const isClient =
      secret === null
        ? form.get("client_id") === CLIENT.clientId
        : request.headers.get("authorization") === basic;
    const good =
      isClient &&
      asked !== undefined &&
      form.get("grant_type") === "authorization_code" &&
      form.get("redirect_uri") === asked.redirect_uri &&
      asked.code_challenge_method === "S256" &&
      s256(form.get("code_verifier")) === asked.code_challenge;
    if (!good) return Response.json({ error: "invalid_grant" }, { status: 400 });
    const seconds = Math.floor(now() / 1000);
    const claims = {
      iss: ISSUER,
      aud: CLIENT.clientId,
      iat: seconds,
      exp: seconds + 300,
      nonce: asked.nonce,
      ...asked.user,
      ...provider.bend.claims,
    };
    const idToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: "provider", ...provider.bend.header })
      .sign(privateKey);
    return Response.json({
      id_token: idToken,
      access_token: "an-access-token-of-the-provider",
      token_type: "Bearer",
    });
  }
  return provider;
}

export const DOCUMENT = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  authorization_response_iss_parameter_supported: true,
};
