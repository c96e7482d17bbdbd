// What the proxy's types let through and what they don't. Compiled, never run.
import { context, metrics, trace } from "@opentelemetry/api";
import {
  InvalidToken,
  apiKey,
  app,
  createProxy,
  custom,
  elevate,
  jwt,
  openId,
  rotate,
  session,
  wixLogin,
  wixMember,
  type Caller,
  type Credential,
  type Identify,
  type Proxy,
} from "loyalty-edge/proxy";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

const key = apiKey({ key: "k", siteId: "s" });
same<typeof key, Credential>(true);
same<Caller["role"], "visitor" | "member" | "staff" | "admin">(true);

// @ts-expect-error -- a key without its site opens nothing
apiKey({ key: "k" });
// @ts-expect-error -- the secret alone is no app
app({ appSecret: "s" });
const credentials: Credential[] = [
  key,
  app({ appId: "a", appSecret: "s", instanceId: "i" }),
  elevate((url, init) => fetch(url, init)),
  rotate([key]),
];
// @ts-expect-error -- a credential shows nothing of what is inside
credentials[0].key;

const identities: Identify[] = [
  jwt({ issuer: "i", audience: "a", jwksUri: "https://i/jwks", claims: { member: null } }),
  jwt([
    { issuer: "i", audience: ["a", "b"], jwks: { keys: [{}] }, algorithms: ["Ed25519"] },
    { issuer: "j", audience: "a", jwks: { keys: [] }, typ: "at+jwt" },
  ]),
  wixMember({ cacheSeconds: 30 }),
  session({ keys: ["k", new Uint8Array(32)], login: wixLogin({ clientId: "c" }) }),
  session({ keys: ["k"], login: openId({ issuer: "https://i", clientId: "c" }), failure: "/f" }),
  custom(({ token }) => (token === null ? null : { role: "member", memberId: token })),
  custom(
    async ({ request }) => {
      if (!request.headers.has("cookie")) throw new InvalidToken("no cookie");
      return { role: "staff" };
    },
    { cookies: true, headers: ["x-from-our-gateway"] },
  ),
];
// @ts-expect-error -- secrets are no keys of tokens
jwt({ issuer: "i", audience: "a", jwksUri: "u", algorithms: ["HS256"] });
// @ts-expect-error -- a token for anybody is a token for nobody
jwt({ issuer: "i", jwksUri: "u" });
// @ts-expect-error -- there is no such role
custom(() => ({ role: "owner" }));
// @ts-expect-error -- a session needs somewhere to sign in
session({ keys: ["k"] });

const [identify] = identities as [Identify];
const one: Proxy = createProxy({
  credential: credentials,
  identify,
  policy: {},
  origins: ["https://shop.example"],
  resolve: async ({ subject }) => (subject === "" ? null : { contactId: subject }),
});
same<ReturnType<typeof one.revoke>, Promise<void>>(true);
createProxy((env: { KEY: string }) => ({
  sites: { north: { credential: apiKey({ key: env.KEY, siteId: "s" }), identify } },
  site: (request) => new URL(request.url).hostname,
  origins: ["https://shop.example"],
  policy: {},
}));
const mixed = {
  credential: key,
  policy: {},
  origins: [],
  sites: { north: { credential: key, identify } },
};
// @ts-expect-error -- with sites a credential stands in each of them
createProxy(mixed);
// @ts-expect-error -- somebody has to say who calls
createProxy({ credential: key, policy: {}, origins: [] });

const whole = { credential: key, identify, policy: {}, origins: [] };
// OpenTelemetry's own objects fit as they are, and so does what has no SDK behind it.
createProxy({ ...whole, telemetry: { trace, context, metrics } });
createProxy({ ...whole, telemetry: { metrics } });
createProxy({ ...whole, telemetry: { trace, context, incoming: "link" } });
// @ts-expect-error -- without a context no span has a parent
createProxy({ ...whole, telemetry: { trace } });
// @ts-expect-error -- a tracer alone can't hand a span on
createProxy({ ...whole, telemetry: { trace: trace.getTracer("shop"), context } });
// @ts-expect-error -- there is no such way to take a page's trace
createProxy({ ...whole, telemetry: { metrics, incoming: "believe" } });
