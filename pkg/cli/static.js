import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";

/**
 * Serves folders of files to the demo page, each under its own prefix, and nothing else: no
 * directory listing, no way out of a folder, no file type that isn't on the list.
 */

const TYPES = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".json", "application/json"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".txt", "text/plain; charset=utf-8"],
  // Browsers compile WebAssembly while it arrives only under exactly this type.
  [".wasm", "application/wasm"],
]);

/**
 * @typedef {{ prefix: string, folder: string, allow?: RegExp }} Mount `allow` tests the path within
 *   the folder, with forward slashes.
 */

/**
 * @param {{ mounts: readonly Mount[], importMap?: { imports: Record<string, string> } }} options
 * @returns {(request: Request) => Promise<Response>}
 */
export function createStatic({ mounts, importMap }) {
  const map = importMap && JSON.stringify(importMap);
  const policy = contentSecurityPolicy(map);

  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain(405, "Only GET and HEAD here.", { allow: "GET, HEAD" });
    }
    const found = await find(new URL(request.url).pathname, mounts);
    if (found === undefined) return plain(404, "There is no such page.");
    let body = found.bytes;
    if (found.type.startsWith("text/html") && map !== undefined) {
      body = Buffer.from(withImportMap(body.toString("utf8"), map));
    }
    return new Response(request.method === "HEAD" ? null : new Uint8Array(body), {
      headers: {
        "content-type": found.type,
        "content-length": String(body.byteLength),
        "content-security-policy": policy,
        ...SAFE_HEADERS,
      },
    });
  };
}

const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Files change while somebody develops against them.
  "cache-control": "no-store",
};

/**
 * Everything from this origin, nothing inline but the import map, which is named by its hash.
 * WebAssembly needs its own permission; `eval` stays forbidden.
 *
 * @param {string} [importMap]
 */
function contentSecurityPolicy(importMap) {
  const hash = importMap && createHash("sha256").update(importMap).digest("base64");
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval'${hash ? ` 'sha256-${hash}'` : ""}`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

/**
 * Import maps can't be files of their own, and must come before the first module. A bundler, which
 * resolves names itself, never sees this one: it isn't in the page's source.
 *
 * @param {string} html
 * @param {string} map
 */
function withImportMap(html, map) {
  const at = html.indexOf("<script");
  if (at < 0) return html;
  return `${html.slice(0, at)}<script type="importmap">${map}</script>\n    ${html.slice(at)}`;
}

/**
 * @param {string} pathname
 * @param {readonly Mount[]} mounts
 */
async function find(pathname, mounts) {
  const wanted = decode(pathname);
  if (wanted === undefined) return undefined;
  const mount = mounts.find(({ prefix }) => wanted.startsWith(prefix));
  if (mount === undefined) return undefined;
  const inside = wanted.slice(mount.prefix.length) || "index.html";
  const type = TYPES.get(path.posix.extname(inside));
  if (type === undefined || (mount.allow && !mount.allow.test(inside))) return undefined;
  try {
    // Compared after links are followed: a link that leads out of the folder leads nowhere.
    const folder = await realpath(mount.folder);
    const file = await realpath(path.join(folder, ...inside.split("/")));
    if (!file.startsWith(folder + path.sep)) return undefined;
    return { type, bytes: await readFile(file) };
  } catch {
    return undefined;
  }
}

/**
 * The path with its escapes undone, or nothing if it tries to be clever: an escaped slash, a
 * backslash, a NUL, a dot segment, a hidden file.
 *
 * @param {string} pathname
 */
function decode(pathname) {
  let decoded;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (/%2f|%5c|%00/i.test(pathname) || /[\\\0]|\/\/|\/\./.test(decoded)) return undefined;
  return decoded;
}

/**
 * @param {number} status
 * @param {string} text
 * @param {Record<string, string>} [headers]
 */
function plain(status, text, headers = {}) {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...SAFE_HEADERS, ...headers },
  });
}
