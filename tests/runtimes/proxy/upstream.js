// The loyalty service of the common suite: a stub that records what arrives, and can misbehave in every known way.
import { createServer } from "node:http";
import { A, accountOf, stub } from "../../proxy/support.js";

const JSON_TYPE = { "content-type": "application/json" };
const say = (status, text, headers = JSON_TYPE) => ({ status, text, headers });
const account = JSON.stringify({ account: accountOf(A) });

/** What it can be asked to answer instead of the truth. */
const MOODS = {
  "an HTML page": () => say(502, "<html>Bad gateway</html>", { "content-type": "text/html" }),
  "HTML with 200": () => say(200, "<html>Welcome</html>", { "content-type": "text/html" }),
  null: () => say(200, "null"),
  "half of it": () => say(200, account.slice(0, 40)),
  "wrong types": () => say(200, account.replace('"balance":100', '"balance":"100"')),
  "too much": () =>
    say(200, JSON.stringify({ account: accountOf(A), more: "x".repeat(12_000_000) })),
  "a prototype": () => say(200, account.replace("{", '{"__proto__":{"role":"admin"},')),
  "another place": () => say(302, "", { location: "/loyalty-programs/v1/program" }),
  "our key is bad": () => say(401, '{"message":"no"}'),
  "our key may not": () => say(403, '{"message":"no"}'),
  "too many calls": () => say(429, '{"message":"slow down"}', { ...JSON_TYPE, "retry-after": "7" }),
  "a cookie": () =>
    say(200, account, { ...JSON_TYPE, "set-cookie": "a=b", "x-powered-by": "c", server: "d" }),
  "our own key": (headers) => say(200, account.replace("{", `{"echo":"${headers.authorization}",`)),
  "its inner words": () => say(500, '{"message":"stack at secret.js:1"}'),
  "a newer revision": (_, path) => {
    const applicationError = { code: "ABORTED", description: "no" };
    const body = JSON.stringify({ message: "no", details: { applicationError } });
    return path.endsWith("/adjust-points") ? say(409, body) : undefined;
  },
  "an HTML page for the rewards": (_, path) =>
    path.endsWith("/v1/rewards") ? say(200, "<html>Welcome</html>") : undefined,
};
/** Answers the truth, once it is let go. */
const HELD = "what it was asked, when it is let go";

export async function startUpstream() {
  const seen = [];
  let mood;
  let held = gate();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname: path, searchParams: query } = new URL(request.url, "http://x");
    const { method, headers } = request;
    seen.push({ method, path: request.url, headers, body: text });
    held.arrived();
    if (mood === HELD) await held.open;
    const said = typeof mood === "function" ? mood(headers, path) : undefined;
    const answer = said ?? (await truth({ method, path, query, text }));
    response.writeHead(answer.status, answer.headers);
    response.end(answer.text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** @param {string | undefined} name */
    be(name) {
      const known = name === undefined || name === HELD || MOODS[name] !== undefined;
      if (!known) throw new Error(`no mood ${name}`);
      mood = name === HELD ? HELD : MOODS[name];
      held = gate();
    },
    /** Resolves when a call is held. */
    holds: () => held.first,
    letGo: () => held.letGo(),
    /** What arrived since the last look. */
    arrived: () => seen.splice(0),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Holds calls until it opens. */
function gate() {
  let arrived, letGo;
  const first = new Promise((resolve) => (arrived = resolve));
  const open = new Promise((resolve) => (letGo = resolve));
  return { first, open, arrived, letGo };
}

async function truth({ method, path, query, text }) {
  const body = text === "" ? undefined : JSON.parse(text);
  const answer = await stub({ method, path, query, body });
  return say(answer.status, await answer.text());
}
