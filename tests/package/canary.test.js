// P22, the tarball's half: a credential that the machine knows while the package is used, built
// into an app's environment and packed must not be in it, in no spelling.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { apiKey, createProxy, custom } from "loyalty-edge/proxy";
import { pack, throwaway, unpack } from "./tarball.js";

const spellings = (secret) => {
  const bytes = Buffer.from(secret);
  // base64 shifts with the position in the whole: the middle of each of the three alignments.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  return [secret, ...base64, bytes.toString("hex"), [...secret].reverse().join("")];
};

/** The paths of the files that hold the secret in any spelling. */
const hits = (files, secret) =>
  files
    .filter(({ bytes }) => spellings(secret).some((spelling) => bytes.includes(spelling)))
    .map(({ path }) => path);

test("p22_the_tarball_never_holds_the_credential", async (t) => {
  const secret = `IST.${randomBytes(24).toString("hex")}`;
  const env = { WIX_API_KEY: secret, WIX_SITE_ID: secret, NPM_TOKEN: secret };
  const sent = [];
  const proxy = createProxy({
    credential: apiKey({ key: secret, siteId: "5f0a1c1e-7d1b-4a8e-9c55-3f1f4c7d2b10" }),
    identify: custom(() => ({ role: "visitor" })),
    origins: ["https://shop.example"],
    policy: { grants: { visitor: ["getLoyaltyProgram"] } },
    fetch: async (...args) => {
      sent.push(new Request(...args).headers.get("authorization"));
      return Response.json({ loyaltyProgram: {} });
    },
    log: () => {},
  });
  await proxy.fetch(
    new Request("https://shop.example/loyalty/loyalty-programs/v1/program", {
      headers: { origin: "https://shop.example", "x-loyalty-client": "canary/1" },
    }),
  );
  assert.ok(sent[0]?.includes(secret), "the credential was not even used");

  const folder = throwaway(t);
  const files = unpack(pack(folder, env), folder);
  assert.ok(files.length > 20);
  assert.deepEqual(hits(files, secret), []);
});

test("p22_a_planted_credential_is_found_in_every_spelling", () => {
  const secret = `IST.${randomBytes(24).toString("hex")}`;
  const plant = (text) => [{ path: "planted", bytes: Buffer.from(`const a = "${text}";`) }];
  const base64 = (before) => Buffer.from(`${before}${secret} and more`).toString("base64");
  const hex = Buffer.from(secret).toString("hex");
  for (const text of [secret, base64(""), base64("x"), base64("xy"), hex]) {
    assert.deepEqual(hits(plant(text), secret), ["planted"], text);
  }
  assert.deepEqual(hits(plant("nothing here"), secret), []);
});
