import { call, tokenHost } from "../call.js";
import { isHeaderText } from "../credential/credential.js";
import { onlyKnown } from "../known.js";
import { InvalidToken } from "../identify/invalid-token.js";
import { secureUrl } from "../identify/keys.js";
import { memberOf } from "../identify/wix-member.js";
import { SignInFailed } from "./sign-in-failed.js";

// Sign-in of a Wix member at a headless site's login page, as the official client does it, but with the tokens on this
// side: the member's access token goes up where upstream lets members call, and a page never has it.

/**
 * @param {{ clientId: string }} options The id of the headless client (OAuth app) of the site.
 * @returns {import("../index.js").Login}
 */
export function wixLogin(options) {
  onlyKnown("wixLogin", options, ["clientId"]);
  const { clientId } = options;
  if (!isHeaderText(clientId)) throw new TypeError("wixLogin: clientId is missing");

  const ask = ({ fetch, upstream }, grant) =>
    call(fetch, `${tokenHost(upstream)}/oauth2/token`, {
      json: JSON.stringify({ clientId, ...grant }),
    });

  return Object.freeze({
    async begin({ state, challenge, redirectUri }, proxy) {
      const { access } = tokensIn(await ask(proxy, { grantType: "anonymous" }), 0);
      const authRequest = {
        clientId,
        redirectUri,
        codeChallenge: challenge,
        codeChallengeMethod: "S256",
        responseMode: "query",
        responseType: "code",
        scope: "offline_access",
        state,
      };
      const url = `${tokenHost(proxy.upstream)}/_api/redirects-api/v1/redirect-session`;
      const { status, json } = await call(proxy.fetch, url, {
        json: JSON.stringify({ auth: { authRequest, prompt: "login" } }),
        headers: { authorization: access },
      });
      if (status !== 200) throw new LoginFailed("redirect-session", status);
      return secureUrl("wixLogin", "the login page", json?.redirectSession?.fullUrl);
    },

    async finish({ code, verifier, redirectUri }, proxy, now) {
      const grant = { grantType: "authorization_code", redirectUri, code, codeVerifier: verifier };
      const answer = await ask(proxy, grant);
      if (answer.status >= 400 && answer.status < 500) {
        throw new SignInFailed("upstream refused the code");
      }
      const tokens = tokensIn(answer, now);
      const { expiresAt: _, ...caller } = await memberOf(tokens.access, proxy);
      return { caller, tokens };
    },

    /** @param {{ refresh: string }} tokens */
    async refresh({ refresh }, proxy, now) {
      const answer = await ask(proxy, { grantType: "refresh_token", refreshToken: refresh });
      if ([400, 401, 403].includes(answer.status)) {
        throw new InvalidToken("upstream does not renew the member's token");
      }
      return { refresh, ...tokensIn(answer, now) };
    },
  });
}

/** The tokens of an answer. A refresh token that is renewed replaces the old one. */
function tokensIn({ status, json }, now) {
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = json ?? {};
  const life = Number(seconds) * 1000;
  if (status !== 200 || !isHeaderText(access) || !(life > 0))
    throw new LoginFailed("token", status);
  return { access, ...(isHeaderText(refresh) ? { refresh } : {}), endsAt: now + life };
}

class LoginFailed extends Error {
  name = "LoginFailed";

  constructor(what, status) {
    super(`the ${what} call was answered with status ${status}`);
  }
}
