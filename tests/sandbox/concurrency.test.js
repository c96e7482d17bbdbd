// Many calls at once, in process and over a socket: what must happen once happens once.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSandbox } from "loyalty-edge/sandbox";
import { serve } from "loyalty-edge/sandbox/node";

const AT_ONCE = 200;
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

const sandbox = await createSandbox({ seed: 5 });
const [ada, ben] = sandbox.members;
let server;
before(async () => (server = await serve(sandbox, { port: 0 })));
after(async () => {
  await server.close();
  sandbox.close();
});

const headers = {
  authorization: sandbox.apiKey,
  "wix-site-id": sandbox.siteId,
  "content-type": "application/json",
};

for (const [way, send] of [
  ["in process", (path, init) => sandbox.fetch(`http://sandbox${path}`, init)],
  ["over a socket", (path, init) => fetch(server.url + path, init)],
]) {
  const call = async (path, body) => {
    const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const response = await send(`/loyalty-accounts/v1/accounts/${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  const account = async ({ accountId }) => (await call(accountId)).body.account;
  const statuses = (answers) => answers.map(({ status }) => status);

  describe(`${AT_ONCE} calls at once, ${way}`, () => {
    it("l03 one key, many times: one earn", async () => {
      const earlier = await account(ada);
      const body = { amount: 7, appId: APP, idempotencyKey: `key ${way}` };
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () => call(`${ada.accountId}/earn-points`, body)),
      );
      assert.equal(statuses(answers).filter((status) => status === 200).length, 1);
      assert.equal(statuses(answers).filter((status) => status === 409).length, AT_ONCE - 1);
      const later = await account(ada);
      assert.equal(later.points.balance, earlier.points.balance + 7);
      assert.equal(Number(later.revision), Number(earlier.revision) + 1);
    });

    it("l05 many adjusts with one revision: one wins", async () => {
      const { revision, points } = await account(ben);
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, at) =>
          call(`${ben.accountId}/adjust-points`, { amount: at + 1, revision }),
        ),
      );
      const won = answers.flatMap(({ status }, at) => (status === 200 ? [at + 1] : []));
      assert.equal(won.length, 1);
      assert.equal(statuses(answers).filter((status) => status === 409).length, AT_ONCE - 1);
      const later = await account(ben);
      assert.equal(later.points.balance, points.balance + won[0]);
      assert.equal(Number(later.revision), Number(revision) + 1);
    });

    it("l05 many takers of the last points: as many get some as there are", async () => {
      await call(`${ben.accountId}/adjust-points`, { balance: 30 });
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () =>
          call(`${ben.accountId}/adjust-points`, { amount: -10 }),
        ),
      );
      assert.equal(statuses(answers).filter((status) => status === 200).length, 3);
      assert.equal(statuses(answers).filter((status) => status === 428).length, AT_ONCE - 3);
      assert.equal((await account(ben)).points.balance, 0);
    });
  });
}
