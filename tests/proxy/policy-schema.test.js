// The schema that editors read, held against the reader that the proxy has: what one takes the other takes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Ajv from "ajv";
import { apiKey, checkPolicy, createProxy, custom } from "loyalty-edge/proxy";
import { SITE } from "./support.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const SCHEMA = read("../../pkg/proxy/policy.schema.json");
const ROLES = ["visitor", "member", "staff", "admin"];
const OPERATIONS = SCHEMA.definitions && SCHEMA.properties.botCheck.items.anyOf[0].enum;

const valid = new Ajv({ schemaId: "auto" }).compile(SCHEMA);

/** Everything that a policy can say, once. */
const FULL = {
  $schema: "./policy.schema.json",
  grants: {
    visitor: ["getLoyaltyProgram"],
    member: ["getAccount:own", "earn:visit", "earn:order"],
    staff: ["queryLoyaltyAccounts", "getAccount:any", "adjustPoints"],
    admin: ["*"],
  },
  masks: {
    staff: {
      queryLoyaltyAccounts: { hide: ["loyaltyAccounts.contact.email"] },
      getAccount: { see: ["account.tier"] },
      adjustPoints: { send: ["amount", "revision"] },
    },
  },
  actions: {
    visit: { amount: 5, description: "Visit", limit: { perMemberPerDay: 1 } },
    order: {
      amount: { by: "size", values: { small: 5, large: 20 } },
      description: "Ordered",
      activityType: "order",
      appId: "553c79f3-5625-4f38-b14b-ef7c0d1e87df",
      limit: {
        perMemberPerDay: 5,
        perSubject: 1,
        uniqueSubject: true,
        cooldownSeconds: 60,
        perMinute: 100,
      },
      key: ["subject", "day", "parameters.order"],
      eligible: { plan: ["gold", "silver"], verified: true, level: 3 },
      confirm: "paid",
      botCheck: true,
    },
  },
  botCheck: ["getAccount", "earn:visit"],
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

/** The reader's mistakes, by way of the proxy that reads. */
function mistakes(policy) {
  try {
    createProxy({
      credential: apiKey({ key: "test", siteId: SITE }),
      identify: custom(() => ({ role: "visitor" })),
      origins: [],
      upstream: "http://127.0.0.1:9",
      confirm: { paid: () => true, "review-exists": () => true, 1: () => true },
      botCheck: () => true,
      log: () => {},
      policy,
    });
    return undefined;
  } catch (error) {
    return error.message;
  }
}

const agree = (policy, what) => {
  const said = mistakes(policy);
  assert.equal(valid(policy), said === undefined, `${what}: ${said ?? "the reader takes it"}`);
  return said === undefined;
};

test("the_full_policy_and_the_dev_policy_are_taken_by_both", () => {
  assert.ok(agree(FULL, "full"));
  assert.ok(agree(read("../../pkg/cli/dev.policy.json"), "dev"));
  assert.ok(agree({}, "empty"));
});

test("the_example_of_the_documentation_is_taken_by_both", async () => {
  const page = readFileSync(new URL("../../docs/policy.md", import.meta.url), "utf8");
  const [, text] = page.match(/^```json\n([^]*?)^```$/m);
  const policy = JSON.parse(text);
  assert.deepEqual((await checkPolicy(policy)).mistakes, []);
  assert.ok(valid(policy), JSON.stringify(valid.errors));
});

test("every_grant_of_every_role_is_taken_by_both_or_by_neither", () => {
  assert.equal(OPERATIONS.length, 25);
  let taken = 0;
  for (const role of ROLES) {
    const names = OPERATIONS.flatMap((name) => [name, `${name}:own`, `${name}:any`, `${name}:all`]);
    for (const grant of ["*", "earn", "earn:visit", "earn:", "nope", "", ...names]) {
      const policy = { ...FULL, masks: {}, grants: { [role]: [grant] } };
      // That a visitor earns nothing is the one grant whose form is good.
      taken += agree(policy, `${role} ${grant}`) ? 1 : 0;
    }
  }
  assert.ok(taken > 120 && taken < 300, String(taken));
});

/** Every place in a value, as a path of keys. */
function* places(value, path = []) {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) yield* places(value[key], [...path, key]);
}

function changed(value, path, change) {
  const copy = structuredClone(value);
  if (path.length === 0) return change(copy);
  const parent = path.slice(0, -1).reduce((at, key) => at[key], copy);
  parent[path.at(-1)] = change(parent[path.at(-1)]);
  return copy;
}

const WRONG = [
  null,
  0,
  -1,
  1.5,
  "",
  "x".repeat(101),
  true,
  [],
  {},
  [[]],
  1e12,
  "1",
  ["day"],
  [null],
];

test("whatever_stands_anywhere_is_taken_by_both_or_by_neither", () => {
  let refused = 0;
  let cases = 0;
  for (const path of places(FULL)) {
    // Which mask goes with which grant, and that actions are there, no schema can say.
    const loose = { ...FULL, grants: { ...FULL.grants, member: [] }, botCheck: [], masks: {} };
    const base = ["grants", "botCheck", "masks"].includes(path[0]) ? FULL : loose;
    for (const wrong of WRONG) {
      const policy = changed(base, path, () => wrong);
      // Whether an action or a field is there is more than a schema can look up.
      if (["masks", "grants", "botCheck"].includes(path[0]) && valid(policy)) continue;
      cases += 1;
      if (!agree(policy, `${path.join(".")} = ${JSON.stringify(wrong)}`)) refused += 1;
    }
  }
  assert.ok(cases > 900 && refused > 700, `${refused} of ${cases}`);
});

test("an_unknown_field_is_refused_by_both_wherever_it_stands", () => {
  let objects = 0;
  for (const path of places(FULL)) {
    const value = path.reduce((at, key) => at[key], FULL);
    if (typeof value !== "object" || Array.isArray(value)) continue;
    // Names of claims, amounts and actions are the developer's.
    if (["eligible", "values", "actions"].includes(path.at(-1))) continue;
    objects += 1;
    const policy = changed(FULL, path, (object) => ({ ...object, unknownField: 1 }));
    assert.equal(agree(policy, path.join(".")), false, path.join("."));
  }
  assert.ok(objects >= 13, String(objects));
});
