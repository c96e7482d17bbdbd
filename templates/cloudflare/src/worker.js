import { apiKey, createProxy, durableObject, jwt } from "loyalty-edge/proxy";
import policy from "../loyalty.policy.json";

export { LoyaltyStore } from "loyalty-edge/proxy/durable-object";

export default createProxy((env) => ({
  credential: apiKey({ key: env.WIX_API_KEY, siteId: env.WIX_SITE_ID }),
  identify: jwt({ issuer: env.ISSUER, audience: env.AUDIENCE, jwksUri: env.JWKS_URI }),
  origins: [env.SHOP_ORIGIN],
  upstream: env.UPSTREAM_URL, // unset: https://www.wixapis.com
  store: durableObject(env.LOYALTY_STORE),
  policy,
}));
