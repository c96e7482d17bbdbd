// The official client and ours, each with a sandbox of its own. The two sandboxes begin alike and their clocks stand
// still, so the same calls must give the same values, down to the last id and date.
import { after } from "node:test";
import { ApiKeyStrategy, createClient as createOfficial } from "@wix/sdk";
import * as official from "@wix/loyalty";
import { createClient } from "loyalty-edge";
import { apiKey, createProxy, custom, memoryStore } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";

const NOW = "2027-03-31T12:00:00.000Z";
const { accounts, transactions, programs, tiers, rewards, coupons } = official;
const modules = { accounts, transactions, programs, tiers, rewards, coupons };

/**
 * @returns {Promise<{ sandboxes: object[], clients: { name: string, app: any, member: any }[] }>}
 */
export async function twins() {
  const start = () => createSandbox({ seed: 5, accounts: 40, now: NOW });
  const sandboxes = await Promise.all([start(), start()]);
  after(() => sandboxes.forEach((sandbox) => sandbox.close()));
  const [theirs, ours] = sandboxes;
  return { sandboxes, clients: [officialClient(theirs), ourClient(ours)] };
}

function officialClient(sandbox) {
  const { apiKey, siteId, fetch, members } = sandbox;
  const getAuthHeaders = async () => ({ headers: { Authorization: members[0].token } });
  return {
    name: "@wix/loyalty",
    app: createOfficial({ modules, auth: ApiKeyStrategy({ apiKey, siteId }), fetch }),
    member: createOfficial({ modules, auth: { getAuthHeaders }, fetch }),
  };
}

function ourClient(sandbox) {
  const [{ memberId, contactId }] = sandbox.members;
  const proxy = createProxy({
    credential: apiKey({ key: sandbox.apiKey, siteId: sandbox.siteId }),
    identify: custom(({ token }) =>
      token === "admin" ? { role: "admin" } : { role: "member", memberId, contactId },
    ),
    origins: ["https://shop.example"],
    store: memoryStore(),
    // Kept answers would hide what is changed behind the proxy's back; theirs has nobody who keeps any.
    cache: { accountMs: 0, catalogMs: 0 },
    upstream: "http://127.0.0.1:9",
    policy: {
      grants: {
        admin: ["*"],
        member: [
          "getCurrentMemberAccount",
          "getCurrentMemberCoupons",
          "redeemCurrentMemberPointsForCoupon",
        ],
      },
    },
    fetch: sandbox.fetch,
    audit: () => {},
    log: () => {},
  });
  const client = (token) =>
    createClient({
      proxy: "https://shop.example/loyalty",
      token,
      fetch: (url, init) => {
        const request = new Request(url, init);
        request.headers.set("origin", "https://shop.example");
        return proxy.fetch(request);
      },
    });
  return { name: "loyalty-edge", app: client("admin"), member: client("member") };
}
