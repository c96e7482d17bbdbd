// Serves pkg/ and tests/ of the checkout to a browser, with an import map that makes
// `import … from "loyalty-edge"` the file that package.json names for browsers. No bundler: a test
// of the package should not also be one of somebody's loader settings.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { at } from "../../scripts/lib/paths.js";

const TYPES = {
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The file behind a subpath of the package in a browser. */
function browserEntry(entry) {
  let target = entry;
  while (typeof target === "object") target = target.browser ?? target.import ?? target.default;
  return `/pkg/${target.replace(/^\.\//, "")}`;
}

/** What a page with a strict policy allows: its own scripts, and WebAssembly. */
const NONCE = "bG95YWx0eQ";
const STRICT = `default-src 'none'; connect-src 'self'; img-src data:; script-src 'nonce-${NONCE}' 'self' 'wasm-unsafe-eval'`;

/** A page that runs `script`, a module; `globalThis.finished` is what it hands to the test. */
async function pageOf(script) {
  const manifest = JSON.parse(await readFile(at("pkg", "package.json"), "utf8"));
  const imports = { "loyalty-edge": browserEntry(manifest.exports["."]) };
  return `<!doctype html><meta charset="utf-8"><title>tests</title><link rel="icon" href="data:,">
<script nonce="${NONCE}" type="importmap">${JSON.stringify({ imports })}</script>
<script nonce="${NONCE}" type="module">${script}</script>`;
}

/** Starts the site, with a strict Content-Security-Policy or without one; answers { url, close }. */
export async function serveSite(script, { strict = false } = {}) {
  const page = await pageOf(script);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (strict) response.setHeader("content-security-policy", STRICT);
    if (pathname === "/") return response.setHeader("content-type", "text/html").end(page);
    // Names only, so that nothing outside the two folders can be asked for.
    if (!/^\/(pkg|tests)(\/[\w-][\w.-]*)+$/.test(pathname)) return response.writeHead(404).end();
    try {
      const bytes = await readFile(at(...pathname.slice(1).split("/")));
      const type = TYPES[extname(pathname)] ?? "application/octet-stream";
      return response.setHeader("content-type", type).end(bytes);
    } catch {
      return response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
