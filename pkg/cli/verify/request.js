/**
 * From what an attack says of a request to the bytes of it.
 *
 * @typedef {"member" | "other" | "staff"} Role
 * @typedef {{
 *   method?: string,
 *   path?: string,
 *   target?: string,
 *   as?: Role,
 *   token?: string,
 *   headers?: Record<string, string | readonly string[] | undefined>,
 *   body?: unknown,
 *   length?: number | null,
 * }} Asked `path` lies under the proxy's own and `target` is the whole request target, as it stands in the
 *   request line. `as` sends the token of a caller and `token` any other text. A header of `undefined` takes
 *   out a usual one, a list sends it several times. `body`: text and bytes as they are, all else as JSON.
 *   `length` lies about the body's, or with null says nothing.
 */

let keys = 0;

/** An idempotency key that no other request of this run has. */
export function freshKey() {
  keys += 1;
  return `verify-${process.pid}-${Date.now().toString(36)}-${keys}`;
}

/** A subject that nobody earned by yet: an action may pay once for each, for all time. */
export function freshSubject() {
  return freshKey();
}

/**
 * @param {Asked} asked
 * @param {{ base: URL, tokens: Partial<Record<Role, string>>, version: string }} run
 * @returns {{ bytes: Buffer, line: string, body: string, method: string }}
 */
export function write(asked, { base, tokens, version }) {
  const { method = asked.body === undefined ? "GET" : "POST" } = asked;
  const prefix = base.pathname.replace(/\/+$/, "");
  const target = asked.target ?? prefix + (asked.path ?? "/");
  const body = bytesOf(asked.body);
  const token = asked.as === undefined ? asked.token : `Bearer ${tokens[asked.as]}`;
  /** @type {Record<string, string | readonly string[] | undefined>} */
  const usual = {
    host: base.host,
    "user-agent": `loyalty-edge-verify/${version}`,
    accept: "application/json",
    "x-loyalty-client": `loyalty-edge-verify/${version}`,
    authorization: token,
    ...(body && { "content-type": "application/json", "idempotency-key": freshKey() }),
    connection: "close",
  };
  const headers = { ...usual, ...asked.headers };
  if (body && asked.length !== null)
    headers["content-length"] = String(asked.length ?? body.length);
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}\r\n`),
  );
  const line = `${method} ${target}`;
  const head = Buffer.from(`${line} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  const bytes = body ? Buffer.concat([head, body]) : head;
  return { bytes, line, body: body?.toString("utf8") ?? "", method };
}

/** @param {unknown} body @returns {Buffer | undefined} */
function bytesOf(body) {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
