// What canary tests share: how a secret may be spelt, and upstreams that fail by quoting it.
import { stub } from "../proxy/support.js";

/** The secret as it is, in base64 at each alignment, in hex, percent-encoded and backwards. */
export function spellings(secret) {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join("");
  return [
    secret,
    ...base64,
    bytes.toString("hex"),
    percent,
    encodeURIComponent(secret),
    [...secret].reverse().join(""),
  ];
}

/** Upstreams that fail in every way, some of them by quoting what they got. */
export const UPSTREAMS = {
  good: stub,
  echoes: ({ headers }) => Response.json(headers, { status: 500, headers }),
  "echoes in an error": ({ headers }) =>
    Response.json(
      {
        message: headers.authorization,
        details: {
          applicationError: { code: headers.authorization, description: headers.authorization },
          validationError: {
            fieldViolations: [
              { field: headers.authorization, violatedRule: headers.authorization },
            ],
          },
        },
      },
      { status: 400, headers: { "x-wix-request-id": headers.authorization } },
    ),
  "echoes in a header": ({ headers }) =>
    Response.json(
      {},
      { headers: { "set-cookie": headers.authorization, "x-debug": headers.authorization } },
    ),
  "echoes in a good answer": ({ headers, ...call }) =>
    call.path.endsWith("/v1/program")
      ? Response.json({
          // In all else as it should be, or it would be refused for its form.
          loyaltyProgram: {
            name: headers.authorization,
            pointDefinition: {},
            status: "ACTIVE",
            debug: headers.authorization,
          },
        })
      : stub({ headers, ...call }),
  "echoes in a header that goes on": async (call) =>
    new Response(await stub(call).text(), {
      headers: { "x-wix-consistent": call.headers.authorization },
    }),
  throws: ({ headers }) => {
    throw new TypeError(`bad header ${headers.authorization}`, { cause: headers.authorization });
  },
  "throws text": ({ headers }) => {
    throw headers.authorization;
  },
  "is unauthorized": ({ headers }) => new Response(headers.authorization, { status: 401 }),
  redirects: ({ headers }) =>
    new Response(null, {
      status: 302,
      headers: { location: `https://evil.example/${headers.authorization}` },
    }),
  "is html": ({ headers }) => new Response(`<p>${headers.authorization}`, { status: 502 }),
};
