// Identity by the developer's own function, which sees no more of a request than it asks for (P8, P17).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvalidToken, custom } from "loyalty-edge/proxy";
import { A, B, ORIGIN, makeProxy } from "./support.js";

const ME = ["GET", "/loyalty-accounts/v1/accounts/my-account"];
const FORGED = {
  "x-user-id": B.memberId,
  "x-forwarded-user": B.memberId,
  "x-forwarded-for": "127.0.0.1",
  "x-forwarded-host": "other.example",
  "cf-access-jwt-assertion": B.memberId,
  "wix-site-id": "another",
  cookie: `member=${B.memberId}`,
};

/** What the function gets to see of a request full of forged headers. */
async function seenBy(options, more = {}) {
  let seen;
  const identify = custom(({ token, request }) => {
    seen = { token, headers: Object.fromEntries(request.headers), request };
    return { role: "member", memberId: A.memberId };
  }, options);
  const { call } = makeProxy({ identify });
  const headers = { ...FORGED, "sec-fetch-site": "same-origin", ...more };
  assert.equal((await call(ME, "token", { headers })).status, 200);
  return seen;
}

test("p08_an_identity_function_sees_no_header_that_it_did_not_ask_for", async () => {
  const { token, headers, request } = await seenBy();
  assert.equal(token, "token");
  assert.deepEqual(headers, {});
  assert.deepEqual([request.method, new URL(request.url).pathname], ["GET", `/loyalty${ME[1]}`]);
});

test("p08_headers_of_a_trusted_server_are_seen_where_they_are_named", async () => {
  const { headers } = await seenBy({ headers: ["CF-Access-Jwt-Assertion", "x-absent"] });
  assert.deepEqual(headers, { "cf-access-jwt-assertion": B.memberId });
});

test("p08_a_cookie_is_seen_only_in_cookie_mode", async () => {
  assert.deepEqual((await seenBy({ cookies: true })).headers, { cookie: FORGED.cookie });
  assert.throws(() => custom(() => null, { headers: ["Cookie"] }), /write cookies: true/);
});

describe("a shop's own cookie", () => {
  const shop = (more) => {
    const identify = custom(
      ({ request }) => {
        const { cookie = "" } = Object.fromEntries(request.headers);
        if (cookie === "") return null;
        return cookie === "sid=good" ? { role: "member", memberId: A.memberId } : null;
      },
      { cookies: true },
    );
    return makeProxy({ identify, ...more });
  };
  const by = { "sec-fetch-site": "same-origin" };

  test("p17_it_counts_from_a_page_of_the_same_origin_only", async () => {
    const { call } = shop();
    for (const [headers, status] of [
      [{ ...by, cookie: "sid=good" }, 200],
      [{ cookie: "sid=good" }, 200],
      [{ cookie: "sid=good", origin: undefined }, 403],
      [{ cookie: "sid=good", "sec-fetch-site": "cross-site" }, 403],
      [{ cookie: "sid=good", "sec-fetch-site": "same-site" }, 403],
    ]) {
      assert.equal(
        (await call(ME, undefined, { headers })).status,
        status,
        JSON.stringify(headers),
      );
    }
  });

  test("a_cookie_that_is_not_good_is_401_and_none_is_a_visitor", async () => {
    const { call } = shop();
    assert.equal(
      (await call(ME, undefined, { headers: { ...by, cookie: "sid=bad" } })).status,
      401,
    );
    const program = ["GET", "/loyalty-programs/v1/program"];
    assert.equal((await call(program, undefined, { headers: by })).status, 200);
  });

  test("p18_it_never_goes_together_with_other_origins", () => {
    assert.throws(() => shop({ origins: [ORIGIN, "https://other.example"] }), /exactly one/);
  });
});

test("what_is_not_known_now_is_503_and_what_is_not_valid_401", async () => {
  for (const [answer, status] of [
    [() => null, 401],
    [() => undefined, 401],
    [() => Promise.reject(new InvalidToken("no")), 401],
    [() => Promise.reject(new Error("away")), 503],
  ]) {
    const { call } = makeProxy({ identify: custom(answer) });
    assert.equal((await call(ME, "x")).status, status);
  }
  assert.throws(() => custom("me"), /give a function/);
});
