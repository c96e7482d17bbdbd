// P14: nothing secret is compared letter by letter. What may be compared by `===` is public: kinds, ids, counts.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sameSecret } from "../../pkg/proxy/identify/digest.js";
import { at } from "../../scripts/lib/paths.js";

const folder = at("pkg", "proxy");
const SECRET =
  "(?:state|nonce|verifier|secret|signature|mac|hmac|tag|apiKey|token|password|cookie|code)";
/** A comparison with a name that sounds secret on one side, and no literal on the other. */
const COMPARED = new RegExp(
  `\\b\\w*${SECRET}\\b\\s*[!=]={1,2}(?!=)\\s*(?![\\s"'\\d]|undefined|null|true|false)|` +
    `[!=]={1,2}(?!=)\\s*(?:\\w+\\.)*\\w*${SECRET}\\b(?!["'])`,
  "i",
);
/** What looks like one and is not: `file: the line's text`. */
const PUBLIC = new Set([
  // A lease's number, made by the store and given by the proxy itself.
  "stores/memory.js: record.token !== token",
  "stores/sql.js: record.token === token",
  "stores/redis-scripts.js: found.token == token",
]);

function sources() {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".js") && !name.startsWith("load"))
    .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(folder, name), "utf8")]);
}

test("p14_the_search_finds_a_comparison_of_secrets", () => {
  for (const line of [
    "if (state === asked.state) return;",
    "return nonce !== payload.nonce;",
    "if (request.token == secret) {",
    "options.apiKey === key",
    "return expected === request.token;",
  ]) {
    assert.match(line, COMPARED, line);
  }
  for (const line of ['typeof token === "string"', "token === null", "secret !== undefined"]) {
    assert.doesNotMatch(line, COMPARED, line);
  }
});

test("p14_no_source_of_the_proxy_compares_a_secret", () => {
  const found = sources().flatMap(([name, text]) =>
    text
      .split("\n")
      .filter((line) => COMPARED.test(line) && !/^\s*(?:\/\/|\*)/.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  const unknown = found.filter(
    (line) =>
      ![...PUBLIC].some((known) => {
        const [file, words] = known.split(": ");
        return line.startsWith(`${file}: `) && line.includes(words);
      }),
  );
  assert.ok(sources().length > 20);
  assert.deepEqual(unknown, []);
});

test("p14_secrets_are_compared_by_webcrypto", async () => {
  const { subtle } = crypto;
  const { verify } = subtle;
  let count = 0;
  subtle.verify = (...args) => {
    count += 1;
    return verify.apply(subtle, args);
  };
  try {
    const secret = "a-secret-of-some-length";
    assert.equal(await sameSecret(secret, `${secret}`), true);
    for (let position = 0; position < secret.length; position += 1) {
      const other = `${secret.slice(0, position)}X${secret.slice(position + 1)}`;
      assert.equal(await sameSecret(secret, other), false, other);
    }
    assert.equal(await sameSecret(secret, secret.slice(0, -1)), false);
    assert.equal(await sameSecret("", ""), true);
    assert.equal(count, secret.length + 3);
    for (const odd of [undefined, null, 5, {}, [secret]]) {
      assert.equal(await sameSecret(secret, odd), false);
      assert.equal(await sameSecret(odd, odd), false);
    }
  } finally {
    subtle.verify = verify;
  }
});
