// What the tests of the client share: a stub for fetch, and answers.
import { createClient } from "loyalty-edge";

export const ID = "0c4f1a52-7b1e-4d3a-9c55-2f6f6f1d9a01";

export const account = {
  id: ID,
  contactId: "9b2d4e10-6a3f-4c1b-8f27-1d2c3b4a5e6f",
  points: { balance: 10, earned: 10, adjusted: 0, redeemed: 0, expired: 0 },
  rewardAvailable: false,
  revision: "2",
};

export const earned = { account, transactionId: "e81f0a9b-5c2d-4e7f-b3a6-7d8c9b0a1f2e" };

export const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers });

/**
 * A client whose requests go to a list of answers, each a Response, something thrown, or a function of the request.
 * The last answers all further requests.
 */
export function stub(answers, config = {}) {
  const sent = [];
  const client = createClient({
    proxy: "https://proxy.example/loyalty",
    fetch: async (url, init) => {
      const answer = answers[Math.min(sent.length, answers.length - 1)];
      sent.push({ url, ...init, body: init.body && JSON.parse(init.body) });
      const given = typeof answer === "function" ? await answer(url, init) : answer;
      if (given instanceof Response) return given.clone();
      if (given && typeof given.text === "function") return given;
      throw given;
    },
    ...config,
  });
  return { ...client, sent };
}

/** What a promise rejects with; fails if it doesn't. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not reject.");
}

/** A promise that never settles. */
export const never = () => new Promise(() => {});
