// The policy's types: what the reader takes compiles, and what it refuses by its form does not.
import { checkPolicy } from "loyalty-edge/proxy";
import type {
  BotCheck,
  ClientAddress,
  Policy,
  PolicyReport,
  ProxyOptions,
} from "loyalty-edge/proxy";

const visit = { amount: 5, description: "Visit", limit: { perMemberPerDay: 1 } };

export const full: Policy = {
  $schema: "./policy.schema.json",
  grants: { visitor: ["getLoyaltyProgram"], member: ["earn:order"], staff: [], admin: ["*"] },
  masks: { staff: { getAccount: { send: ["id"], hide: ["account.contact"] } } },
  actions: {
    visit,
    order: {
      amount: { by: "size", values: { small: 5 } },
      description: "Ordered",
      activityType: "order",
      appId: "app",
      limit: {
        perMemberPerDay: 5,
        perSubject: 1,
        uniqueSubject: true,
        cooldownSeconds: 60,
        perMinute: 100,
      },
      key: ["subject", "parameters.order"],
      eligible: { plan: ["gold", "silver"], verified: true, level: 3 },
      confirm: "paid",
      botCheck: true,
    },
  },
  botCheck: ["getAccount"],
  enrol: "on-first-earn",
  limits: {
    callerPerMinute: 60,
    addressPerMinute: 120,
    upstreamPerMinute: 180,
    memberPointsPerDay: 500,
    bulkAccounts: 100,
    bulkPoints: 1000,
    bulkPerDay: 2,
  },
};

// @ts-expect-error -- there is no such role
export const role: Policy = { grants: { boss: [] } };
// @ts-expect-error -- every action has a cap for each member
export const cap: Policy = { actions: { a: { ...visit, limit: { perSubject: 1 } } } };
// @ts-expect-error -- an amount is a number or a table
export const amount: Policy = { actions: { a: { ...visit, amount: "5" } } };
// @ts-expect-error -- a table has values
export const table: Policy = { actions: { a: { ...visit, amount: { by: "size" } } } };
// @ts-expect-error -- a claim is no object
export const claim: Policy = { actions: { a: { ...visit, eligible: { plan: {} } } } };
// @ts-expect-error -- an unknown limit
export const limit: Policy = { limits: { perHour: 5 } };
// @ts-expect-error -- an unknown part of a mask
export const mask: Policy = { masks: { staff: { getAccount: { show: [] } } } };

export const botCheck: BotCheck = ({ request, caller, operation, action }) =>
  request.headers.has("x-token") && caller.role === "member" && operation !== "" && action !== "x";
export const address: ClientAddress = (request) => request.headers.get("x-real-ip") ?? undefined;
export const options: Pick<ProxyOptions, "botCheck" | "clientAddress" | "policy"> = {
  botCheck,
  clientAddress: address,
  policy: full,
};

export const report: Promise<PolicyReport> = checkPolicy(full, {
  role: "member",
  operation: "earnPoints",
});
export const reach: Promise<"any" | "own" | "no" | undefined> = report.then(
  ({ matrix }) => matrix[0]?.member,
);
