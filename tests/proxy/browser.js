// A browser as far as cookies and fetch metadata go: keeps what `Set-Cookie` says by the rules of `__Host-`, and says
// where a request comes from.
import { ORIGIN } from "./support.js";

/** @param {any} proxy */
export function browser(proxy, { origin = ORIGIN } = {}) {
  const cookies = new Map();
  const lines = [];

  async function send(path, { method = "GET", headers = {}, body } = {}) {
    const kept = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = { ...(kept === "" ? {} : { cookie: kept }), ...headers };
    const sent = Object.entries(all).filter(([, value]) => value !== undefined);
    const request = new Request(origin + path, { method, headers: sent, body });
    const response = await proxy.fetch(request);
    for (const line of response.headers.getSetCookie()) keep(line);
    const text = await response.text();
    return {
      status: response.status,
      location: response.headers.get("location"),
      headers: Object.fromEntries(response.headers),
      cookies: response.headers.getSetCookie(),
      text,
      json: text.startsWith("{") ? JSON.parse(text) : undefined,
    };
  }

  function keep(line) {
    lines.push(line);
    const [pair, ...attributes] = line.split("; ");
    const [name, ...value] = pair.split("=");
    const has = (attribute) => attributes.includes(attribute);
    const isHost =
      has("Secure") && has("Path=/") && !attributes.some((each) => /^domain/i.test(each));
    if (name.startsWith("__Host-") && !isHost) return;
    if (has("Max-Age=0")) cookies.delete(name);
    else cookies.set(name, value.join("="));
  }

  return {
    cookies,
    lines,
    send,
    /** Goes to a page of the proxy. */
    go: (path, headers = {}) =>
      send(path, {
        headers: { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", ...headers },
      }),
    /** A call as our client sends it from a page of the same origin. */
    call: (method, path, { body, headers = {} } = {}) =>
      send(`/loyalty${path}`, {
        method,
        headers: {
          "sec-fetch-mode": "cors",
          "sec-fetch-site": "same-origin",
          "x-loyalty-client": "test/1.0",
          ...(method === "POST" ? { origin, "content-type": "application/json" } : {}),
          ...headers,
        },
        body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
      }),
  };
}

/** The path and query that a location leads to. */
export const pathOf = (location) => {
  const { pathname, search } = new URL(location);
  return pathname + search;
};
