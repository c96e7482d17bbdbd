// The same few calls on every runtime: sandbox, proxy and client, each loaded by the package's own entry for that
// runtime. A runner hands in what it has imported and runs every case.

const check = (condition, what) => {
  if (!condition) throw new Error(what);
};

/**
 * @param {{ createSandbox: Function, proxy: any, client: any }} parts
 * @returns {Record<string, () => Promise<void>>}
 */
export function casesFor({ createSandbox, proxy, client }) {
  const start = (options) => createSandbox({ seed: 7, ...options });
  const balanceOf = async ({ fetch, members }) => {
    const url = "http://sandbox/loyalty-accounts/v1/accounts/my-account";
    const response = await fetch(url, { headers: { authorization: members[0].token } });
    check(response.status === 200, `my-account answered ${response.status}`);
    return (await response.json()).account.points.balance;
  };
  const adjust = ({ fetch, apiKey, siteId, members }, amount) =>
    fetch(`http://sandbox/loyalty-accounts/v1/accounts/${members[0].accountId}/adjust-points`, {
      method: "POST",
      headers: { authorization: apiKey, "wix-site-id": siteId },
      body: JSON.stringify({ amount, description: "A test" }),
    });

  return {
    async "the sandbox reads, writes and goes back"() {
      const sandbox = await start({});
      const before = await balanceOf(sandbox);
      const snapshot = sandbox.snapshot();
      check((await adjust(sandbox, 5)).status === 200, "adjust");
      check((await balanceOf(sandbox)) === before + 5, "the points moved");
      sandbox.restore(snapshot);
      check((await balanceOf(sandbox)) === before, "the points are back");
      sandbox.close();
    },

    async "the clock stands, moves, and stamps what happens"() {
      const sandbox = await start({ now: "2026-05-01T00:00:00Z" });
      sandbox.clock.advance(1000);
      const answer = await (await adjust(sandbox, 1)).json();
      check(answer.account.updatedDate === "2026-05-01T00:00:01.000Z", answer.account.updatedDate);
      sandbox.close();
    },

    async "faults strike and stop"() {
      const sandbox = await start({});
      sandbox.faults.add({ kind: "dropBefore" }, { kind: "truncated" });
      const dropped = await adjust(sandbox, 1).catch((error) => error);
      check(dropped instanceof TypeError, `dropped: ${dropped}`);
      const cut = await adjust(sandbox, 1);
      const broken = await cut.json().catch((error) => error);
      check(broken instanceof SyntaxError, `truncated: ${broken}`);
      check((await adjust(sandbox, 1)).status === 200, "the next call is fine");
      sandbox.close();
    },

    async "events are signed and delivered"() {
      const got = [];
      const fetch = async (url, { body }) => {
        got.push(body);
        return new Response(null, { status: 204 });
      };
      const sandbox = await start({ webhooks: { url: "http://receiver/", fetch } });
      await adjust(sandbox, 1);
      await sandbox.webhooks.settled();
      check(got.length === 2, `${got.length} events`);
      check(await isSigned(got[0], sandbox.publicKey), "signed by the sandbox's key");
      check(!(await isSigned(`${got[0].slice(0, -8)}AAAAAAAA`, sandbox.publicKey)), "and checked");
      sandbox.close();
    },

    async "the same seed gives the same bytes"() {
      const both = await Promise.all([1, 2].map(() => start({ now: 0, accounts: 40 })));
      const [one, two] = await Promise.all(both.map((box) => box.control("GET", "export")));
      check(JSON.stringify(one) === JSON.stringify(two), "two exports");
      check(one.accounts.length === 40, `${one.accounts.length} accounts`);
      for (const sandbox of both) sandbox.close();
    },

    async "the client reads through the proxy"() {
      const sandbox = await start({});
      const [member] = sandbox.members;
      const edge = proxy.createProxy({
        credential: proxy.apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
        identify: proxy.custom(async () => ({ role: "member", memberId: member.memberId })),
        origins: ["https://shop.example"],
        policy: { grants: { member: ["getCurrentMemberAccount"] } },
        upstream: "http://127.0.0.1:1",
        fetch: sandbox.fetch,
        log() {},
      });
      const { accounts } = client.createClient({
        proxy: "https://shop.example/loyalty",
        token: "anything",
        fetch: (url, init) => edge.fetch(new Request(url, init)),
      });
      const { account } = await accounts.getCurrentMemberAccount();
      check(account._id === member.accountId, "the member's own account");
      check(account._createdDate instanceof Date, "a Date");
      const refused = await accounts.getAccount(member.accountId).catch((error) => error);
      check(refused.code === "PERMISSION_DENIED", `refused with ${refused.code}`);
      sandbox.close();
    },
  };
}

async function isSigned(jwt, pem) {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const spki = bytes(pem.replace(/-----[A-Z ]+-----/g, "").replace(/\s/g, ""));
  const key = await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
  const [head, claims, mark] = jwt.split(".");
  const signature = bytes(mark.replaceAll("-", "+").replaceAll("_", "/"));
  const text = new TextEncoder().encode(`${head}.${claims}`);
  return crypto.subtle.verify(algorithm, key, signature, text);
}

/** Runs every case, one after the other: `{ passed: […], failed: [{ name, why }] }`. */
export async function runAll(parts) {
  const result = { passed: [], failed: [] };
  for (const [name, run] of Object.entries(casesFor(parts))) {
    try {
      await run();
      result.passed.push(name);
    } catch (error) {
      result.failed.push({ name, why: String(error?.stack ?? error) });
    }
  }
  return result;
}
