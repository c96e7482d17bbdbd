// The session's cryptography is each runtime's own: the same steps must lead to the same place on all of them.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { RUNTIMES, everywhere } from "./everywhere.js";

const data = { keys: [randomBytes(32).toString("base64")] };
const place = everywhere(new URL("./session-runs.js", import.meta.url), data);
after(() => place.remove());

const NAME = "__Host-loyalty";
const STEPS = [
  ["a visitor", 403, ""],
  ["login", 303, `${NAME}~login`],
  ["callback", 303, NAME],
  ["a member", 200, NAME],
  ["twenty minutes later", 200, NAME],
  ["with a new key before the old one", 200, NAME],
  ["logout", 200, ""],
  ["with the old cookie", 401, ""],
  ["with a changed cookie", 401, ""],
];

for (const runtime of RUNTIMES) {
  test(`p18_a_session_from_sign_in_to_end_on_${runtime}`, async () => {
    assert.deepEqual(await place[runtime](), STEPS);
  });
}
