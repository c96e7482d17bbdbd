import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { createStatic } from "../../pkg/cli/static.js";

const ORIGIN = "http://127.0.0.1:1";
const HTML = '<html><head><script type="module" src="./app.js"></script></head></html>';

describe("static files", () => {
  let root;
  let serve;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), "loyalty-static-"));
    await mkdir(path.join(root, "site", "deep"), { recursive: true });
    await mkdir(path.join(root, "package", "cli"), { recursive: true });
    const files = {
      "secret.txt": "secret",
      "site/index.html": HTML,
      "site/app.js": "1",
      "site/style.css": "a{}",
      "site/deep/a b.svg": "<svg/>",
      "site/x.wasm": "wasm",
      "site/.env.js": "hidden",
      "site/key.pem": "key",
      "package/index.js": "2",
      "package/cli/main.js": "3",
    };
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(root, name), text);
    await symlink(path.join(root, "secret.txt"), path.join(root, "site", "link.txt"));
    serve = createStatic({
      mounts: [
        { prefix: "/package/", folder: path.join(root, "package"), allow: /^[^/]+\.js$/ },
        { prefix: "/", folder: path.join(root, "site") },
      ],
      importMap: { imports: { "loyalty-edge": "/package/index.js" } },
    });
  });
  after(() => rm(root, { recursive: true }));

  /** @param {string} url @param {RequestInit} [init] */
  const get = (url, init) => serve(new Request(ORIGIN + url, init));

  const types = [
    ["/", "text/html; charset=utf-8"],
    ["/index.html", "text/html; charset=utf-8"],
    ["/app.js", "text/javascript; charset=utf-8"],
    ["/style.css", "text/css; charset=utf-8"],
    ["/deep/a%20b.svg", "image/svg+xml"],
    ["/x.wasm", "application/wasm"],
    ["/package/index.js", "text/javascript; charset=utf-8"],
  ];
  for (const [url, type] of types) {
    test(`${url} is ${type}`, async () => {
      const response = await get(url);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), type);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      const length = (await response.arrayBuffer()).byteLength;
      assert.equal(response.headers.get("content-length"), String(length));
    });
  }

  const missing = [
    "/nothing.html",
    "/deep/",
    "/deep",
    "/key.pem",
    "/.env.js",
    "/link.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/..%5csecret.txt",
    "/deep%2fa%20b.svg",
    "/deep%2f..%2f..%2fsecret.txt",
    "//secret.txt",
    "/app.js%00.html",
    "/%E0%A4%A",
    "/package/cli/main.js",
    "/package/../cli/main.js",
  ];
  for (const url of missing) {
    test(`${url} is not there`, async () => {
      const response = await get(url);
      assert.equal(response.status, 404);
      assert.equal(await response.text(), "There is no such page.\n");
    });
  }

  test("a write is refused, and HEAD has no body", async () => {
    assert.equal((await get("/", { method: "POST" })).status, 405);
    const head = await get("/app.js", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
  });

  test("the policy allows the import map by hash, WebAssembly, and nothing inline", async () => {
    const response = await get("/");
    const html = await response.text();
    const map = html.match(/<script type="importmap">(.*?)<\/script>/)?.[1];
    assert.deepEqual(JSON.parse(map), { imports: { "loyalty-edge": "/package/index.js" } });
    assert.ok(html.indexOf("importmap") < html.indexOf("app.js"), "the map comes first");
    const policy = response.headers.get("content-security-policy");
    const hash = createHash("sha256").update(map).digest("base64");
    assert.match(policy, /default-src 'none'/);
    assert.ok(policy.includes(`script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}';`));
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
  });
});
