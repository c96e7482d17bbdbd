import { call } from "../call.js";
import { memo } from "../identify/bounded.js";
import { asked as askedFor } from "../claims.js";
import { CLAIM_NAMES, callerOf } from "../identify/claims.js";
import { sameSecret } from "../identify/digest.js";
import { InvalidToken } from "../identify/invalid-token.js";
import { createVerifier } from "../identify/jwt.js";
import { shapeOf } from "../identify/jwt-shape.js";
import { secureUrl } from "../identify/keys.js";
import { onlyKnown } from "../known.js";
import { SignInFailed } from "./sign-in-failed.js";

// Sign-in at any OpenID provider, by authorization code with PKCE. Who it is stands in the id token; the provider's
// other tokens open nothing here and are not kept.

const HOUR_MS = 3_600_000;
const OPTIONS = [
  ...["issuer", "clientId", "clientSecret", "scope"],
  ...["claims", "algorithms", "endpoints", "fetch"],
];

/**
 * @param {import("../index.js").OpenIdOptions} options
 * @returns {import("../index.js").Login}
 */
export function openId(options) {
  onlyKnown("openId", options, OPTIONS);
  onlyKnown("openId: claims", options?.claims, CLAIM_NAMES);
  onlyKnown("openId: endpoints", options?.endpoints, ["authorization", "token", "jwks"]);
  const {
    issuer,
    clientId,
    clientSecret,
    scope = "openid",
    claims,
    algorithms,
    endpoints,
  } = options;
  for (const [name, value] of Object.entries({ issuer, clientId })) {
    if (typeof value !== "string" || value === "")
      throw new TypeError(`openId: ${name} is missing`);
  }
  secureUrl("openId", "issuer", issuer);
  if (!scope.split(" ").includes("openid")) throw new TypeError("openId: scope must have openid");
  const fetch = options.fetch ?? ((request) => globalThis.fetch(request));
  const given = endpoints === undefined ? undefined : checked(endpoints);
  const discovered = memo(1);
  /** @type {Map<string, ReturnType<typeof createVerifier>>} */
  const verifiers = new Map();

  /** Where the provider's doors are: by configuration, or by its own document. */
  async function doors(now) {
    if (given !== undefined) return given;
    return discovered("", now, async () => {
      const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
      const { status, json } = await call(fetch, url);
      if (status !== 200 || json?.issuer !== issuer) {
        throw new ProviderFailed(
          `discovery was answered with status ${status}, or by another issuer`,
        );
      }
      const value = checked({
        authorization: json.authorization_endpoint,
        token: json.token_endpoint,
        jwks: json.jwks_uri,
      });
      const saysIssuer = json.authorization_response_iss_parameter_supported === true;
      return { value: { ...value, saysIssuer }, until: now + HOUR_MS };
    });
  }

  function verifierOf(jwksUri) {
    let verifier = verifiers.get(jwksUri);
    if (verifier === undefined) {
      verifier = createVerifier("openId", {
        issuer,
        audience: clientId,
        algorithms,
        jwksUri,
        fetch,
      });
      verifiers.set(jwksUri, verifier);
    }
    return verifier;
  }

  async function exchange(tokenUrl, { code, verifier, redirectUri }) {
    const form = new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    });
    const headers = {};
    if (clientSecret === undefined) form.set("client_id", clientId);
    else headers.authorization = basic(clientId, clientSecret);
    const { status, json } = await call(fetch, tokenUrl, { form, headers });
    if (status >= 400 && status < 500) throw new SignInFailed("the provider refused the code");
    if (status !== 200 || typeof json?.id_token !== "string") {
      throw new ProviderFailed(`the token call was answered with status ${status} and no id token`);
    }
    return json.id_token;
  }

  return Object.freeze({
    async begin({ state, nonce, challenge, redirectUri }, _proxy, now) {
      const url = new URL((await doors(now)).authorization);
      const asked = {
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: "S256",
      };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      return url.href;
    },

    async finish({ iss, nonce, ...answer }, proxy, now) {
      const { token, jwks, saysIssuer } = await doors(now);
      // Two providers must not be mixed up: the one that answers says who it is (RFC 9207).
      if (iss === null ? saysIssuer === true : iss !== issuer) {
        throw new SignInFailed("the answer is another provider's");
      }
      const idToken = await exchange(token, answer);
      const shape = shapeOf(idToken);
      if (shape.fault !== undefined) throw new InvalidToken(`id token: ${shape.fault}`);
      if (/at\+jwt$/i.test(shape.header.typ ?? "")) throw new InvalidToken("id token: wrong typ");
      const { payload } = await verifierOf(jwks).verify(idToken, shape, now);
      if (!(await sameSecret(payload.nonce, nonce)))
        throw new InvalidToken("id token: wrong nonce");
      const isForSeveral = Array.isArray(payload.aud) && payload.aud.length > 1;
      if (payload.azp === undefined ? isForSeveral : payload.azp !== clientId) {
        throw new InvalidToken("id token: made for another client");
      }
      const caller = callerOf(payload, claims);
      if (caller.role === "visitor") throw new InvalidToken("id token: it names nobody");
      const kept = askedFor(payload, proxy?.claims ?? []);
      return { caller: kept === undefined ? caller : { ...caller, claims: kept } };
    },
  });
}

function checked({ authorization, token, jwks }) {
  return {
    authorization: secureUrl("openId", "the authorization endpoint", authorization),
    token: secureUrl("openId", "the token endpoint", token),
    jwks: secureUrl("openId", "the jwks endpoint", jwks),
  };
}

/** Both halves are form-encoded before they are joined (RFC 6749, 2.3.1). */
function basic(id, secret) {
  const encoded = (text) => new URLSearchParams({ "": text }).toString().slice(1);
  return `Basic ${btoa(`${encoded(id)}:${encoded(secret)}`)}`;
}

class ProviderFailed extends Error {
  name = "ProviderFailed";
}
