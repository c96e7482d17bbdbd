// What is called, and by whom: the client, the official one, JavaScript written by hand for the same result, and
// the bare stub that all three stand on. Runs on every engine, so it knows none.
import { createClient } from "../../pkg/client/index.js";
import { createClient as createOfficial } from "@wix/sdk";
import { accounts as official } from "@wix/loyalty";

const guid = (number) => `553c79f3-5625-4f38-b14b-${String(number).padStart(12, "0")}`;
const date = (number) => new Date(1_700_000_000_000 + number * 86_400_123).toISOString();

const account = (number) => ({
  id: guid(number),
  contactId: guid(number + 1),
  memberId: guid(number + 2),
  points: { balance: number, earned: number + 50, adjusted: 0, redeemed: 50, expired: 0 },
  rewardAvailable: number % 2 === 0,
  tier: {
    id: guid(7),
    points: number + 50,
    updatedDate: date(number),
    recalculationDate: date(number + 365),
  },
  revision: String(number + 1),
  createdDate: date(number),
  updatedDate: date(number + 1),
  lastActivityDate: date(number + 2),
  pointsExpiration: { expiringPointsAmount: 10, expirationDate: date(number + 90) },
  contact: {
    id: guid(number + 1),
    displayName: `Ada Lovelace ${number}`,
    email: `ada.${number}@shop.example`,
    name: `Ada Lovelace ${number}`,
  },
});

const page = (length) =>
  JSON.stringify({
    loyaltyAccounts: Array.from({ length }, (_, number) => account(number)),
    pagingMetadata: { count: length, cursors: { next: "next" }, hasNext: true },
  });

const ID = guid(1);
const earned = { amount: 50, description: "A review", appId: guid(3), idempotencyKey: "review-1" };

/** Each answers a call: the text of the body, the call on either client, and what is renamed by hand. */
const CASES = {
  getAccount: {
    text: JSON.stringify({ account: account(1) }),
    call: ({ getAccount }) => getAccount(ID),
    byHand: ({ account }) => rename(account),
  },
  earnPoints: {
    text: JSON.stringify({ account: account(1), transactionId: guid(9) }),
    call: ({ earnPoints }) => earnPoints(ID, earned),
    byHand: (answer) => {
      rename(answer.account);
      return answer;
    },
  },
  ...Object.fromEntries(
    [1, 10, 100, 1000].map((length) => [
      `page of ${length}`,
      {
        text: page(length),
        call: ({ queryLoyaltyAccounts }) => queryLoyaltyAccounts().limit(100).find(),
        byHand: ({ loyaltyAccounts, pagingMetadata }) => {
          for (const one of loyaltyAccounts) rename(one);
          return { items: loyaltyAccounts, pagingMetadata };
        },
      },
    ]),
  ),
};

/** The least that gives the same result, written by hand: nothing is checked. */
function rename(account) {
  const { id, createdDate, updatedDate, tier, contact, pointsExpiration } = account;
  delete account.id;
  delete account.createdDate;
  delete account.updatedDate;
  account._id = id;
  account._createdDate = new Date(createdDate);
  account._updatedDate = new Date(updatedDate);
  account.lastActivityDate = new Date(account.lastActivityDate);
  tier._id = tier.id;
  delete tier.id;
  tier._updatedDate = new Date(tier.updatedDate);
  delete tier.updatedDate;
  tier.recalculationDate = new Date(tier.recalculationDate);
  pointsExpiration.expirationDate = new Date(pointsExpiration.expirationDate);
  contact._id = contact.id;
  delete contact.id;
  return account;
}

const URL_OF = "https://shop.example/loyalty";

/**
 * The four who call, each a function of no arguments.
 *
 * @param {string} name
 * @returns {Record<string, () => Promise<unknown>>}
 */
export function contenders(name) {
  const { text, call, byHand } = CASES[name];
  const headers = new Headers({ "content-type": "application/json" });
  const answer = {
    ok: true,
    status: 200,
    headers,
    text: async () => text,
    json: async () => JSON.parse(text),
  };
  const fetch = async () => answer;
  const ours = createClient({ proxy: URL_OF, token: "token", fetch });
  const theirs = createOfficial({
    modules: { accounts: official },
    auth: { getAuthHeaders: async () => ({ headers: { Authorization: "token" } }) },
    fetch,
  });
  const bare = async (url, init) => {
    const response = await fetch(url, init);
    return JSON.parse(await response.text());
  };
  return {
    stub: () => bare(URL_OF),
    byHand: async () =>
      byHand(await bare(URL_OF, { headers: { authorization: "token" }, method: "GET" })),
    ours: () => call(ours.accounts),
    official: () => call(theirs.accounts),
  };
}

export const NAMES = Object.keys(CASES);
