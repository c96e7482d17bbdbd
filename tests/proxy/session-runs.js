// A session from its sign-in to its end, on whatever runtime runs this. Gives what happened, step by step.

const ORIGIN = "https://shop.example";
const MEMBER = "11111111-0000-4000-8000-000000000000";

/**
 * @param {any} proxy The package.
 * @param {{ keys: string[] }} data
 */
export async function run({ apiKey, createProxy, session }, { keys }) {
  const steps = [];
  let now = Date.parse("2030-01-01T10:00:00Z");
  // A sign-in that believes every code.
  const login = {
    begin: async ({ state, challenge }) =>
      `https://login.example/?state=${state}&challenge=${challenge}`,
    finish: async () => ({ caller: { role: "member", memberId: MEMBER } }),
  };
  const proxyOf = (list) =>
    createProxy({
      credential: apiKey({ key: "key-of-this-test", siteId: "site" }),
      identify: session({ keys: list, login }),
      origins: [ORIGIN],
      policy: { grants: { member: ["getLoyaltyProgram"] } },
      upstream: "http://127.0.0.1:9",
      now: () => now,
      log() {},
      fetch: async () =>
        Response.json({
          loyaltyProgram: { name: "Points", pointDefinition: {}, status: "ACTIVE" },
        }),
    });
  const cookies = new Map();
  let proxy = proxyOf(keys);

  async function send(name, path, { method = "GET", headers = {} } = {}) {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const request = new Request(`${ORIGIN}/loyalty${path}`, {
      method,
      headers: { cookie, ...headers },
      body: method === "POST" ? "{}" : undefined,
    });
    const response = await proxy.fetch(request);
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const at = pair.indexOf("=");
      if (attributes.includes("Max-Age=0")) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    await response.text();
    steps.push([name, response.status, [...cookies.keys()].join()]);
    return response;
  }
  const go = { "sec-fetch-mode": "navigate" };
  const page = { "sec-fetch-site": "same-origin", "x-loyalty-client": "test/1" };
  const read = (name) => send(name, "/loyalty-programs/v1/program", { headers: page });

  await read("a visitor");
  const begun = await send("login", "/login?returnTo=/points", { headers: go });
  const state = new URL(begun.headers.get("location")).searchParams.get("state");
  await send("callback", `/callback?code=c&state=${state}`, { headers: go });
  await read("a member");
  now += 20 * 60_000;
  await read("twenty minutes later");
  const kept = new Map(cookies);
  proxy = proxyOf(["B".repeat(21) + "CDEFGHIJKLMNOPQRSTUVWX", ...keys]);
  await read("with a new key before the old one");
  const headers = { ...page, origin: ORIGIN, "content-type": "application/json" };
  await send("logout", "/logout", { method: "POST", headers });
  kept.forEach((value, name) => cookies.set(name, value));
  await read("with the old cookie");
  now += 3_600_000;
  kept.forEach((value, name) => cookies.set(name, `${value.slice(0, -4)}AAAA`));
  await read("with a changed cookie");
  return steps;
}
