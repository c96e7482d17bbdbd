// Who may call what, what must be given and what may be asked for, as the official client's typings have it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operations, payload, whole } from "./described.js";
import { sandboxForTests } from "./official-client.js";
import { typings, wire } from "./typings.js";

const NOBODY = "00000000-0000-4000-8000-000000000000";
const GROUPS = ["accounts", "transactions", "programs", "tiers", "rewards", "coupons"];
const all = Object.fromEntries(GROUPS.map((group) => [group, typings(group)]));

const sandbox = await sandboxForTests();
const [{ token }] = sandbox.members;

/** The functions of theirs that the sandbox has, with their tags. */
const shared = GROUPS.flatMap((group) =>
  Object.entries(all[group].functions)
    .filter(([name, { permissionId }]) => name in operations && permissionId)
    .map(([name, tags]) => ({ name, ...tags })),
);

async function call(name, authorization) {
  const { path, method } = operations[name];
  const url = `http://sandbox${path.replace(/\{\w+\}/, NOBODY)}`;
  const answer = await sandbox.fetch(url, { method, headers: { authorization } });
  return { status: answer.status, told: (await answer.json()).details };
}

describe("who may call what", () => {
  it("covers the 25 methods and the 19 beside them", () => assert.equal(shared.length, 44));

  it("no visitor may, and is told the permission of theirs", async () => {
    const sent = JSON.stringify({ clientId: "c", grantType: "anonymous" });
    const answer = await sandbox.fetch("http://sandbox/oauth2/token", {
      method: "POST",
      body: sent,
    });
    const { access_token: visitor } = await answer.json();
    for (const { name, permissionId } of shared) {
      const { status, told } = await call(name, visitor);
      assert.equal(status, 403, name);
      const { code, description } = told.applicationError;
      assert.equal(code, "PERMISSION_DENIED", name);
      assert.ok(
        description.includes(`${permissionId} `),
        `${name}: ${permissionId}, ${description}`,
      );
    }
  });

  it("a member may where theirs say so, and nowhere else", async () => {
    const opened = [];
    for (const { name } of shared) {
      if ((await call(name, token)).status !== 403) opened.push(name);
    }
    const members = shared.filter(({ applicableIdentity }) =>
      applicableIdentity.includes("MEMBER"),
    );
    assert.deepEqual(
      opened,
      members.map(({ name }) => name),
    );
    assert.equal(opened.length, 3);
  });
});

/** What a function of theirs requires, as the wire names it: of its first argument, or of the options behind it. */
const asked = (required) =>
  required
    .split(" ")
    .filter((path) => path && path !== "options")
    .map((path) => wire(path.replace(/^options\./, "")));

/** Whether a payload's schema requires the field of that path. */
function requires(schema, path) {
  const [head, ...rest] = path.split(".");
  const { required = [], properties = {} } = whole(schema);
  if (!required.includes(head)) return false;
  const inner = properties[head]?.items ?? properties[head];
  return rest.length === 0 || requires(inner, rest.join("."));
}

/** What theirs require and our schema does not, under that name. */
const ELSEWHERE = {
  // Neither of the two fields has that name.
  getAccountBySecondaryId: ["id"],
  // In the path, under another name.
  updateTier: ["id"],
  deleteLoyaltyCoupon: ["id"],
  // `rollingWindow` is the one period that there is.
  updateTiersProgramSettings: ["programSettings.period"],
};

describe("what must be given", () => {
  for (const { name, requiredField } of shared.filter((one) => one.requiredField)) {
    it(name, async () => {
      const isMissing = (path) => !requires(payload(operations[name]), path);
      assert.deepEqual(asked(requiredField).filter(isMissing), ELSEWHERE[name] ?? []);
    });
  }
});

const OPERATORS = {
  ...{ eq: "$eq", ne: "$ne", ge: "$gte", gt: "$gt", le: "$lte", lt: "$lt" },
  ...{ startsWith: "$startsWith", hasSome: "$hasSome", in: "$in", exists: "$exists" },
};
const quoted = (text) => [...text.matchAll(/'([\w.]+)'/g)].map(([, path]) => wire(path));
const filterOf = (name, root) => whole(payload(operations[name]).properties[root]).properties;
const isField = (path) => !path.startsWith("$");

describe("what may be asked for", () => {
  for (const [group, name, spec, builder] of [
    ["accounts", "queryLoyaltyAccounts", "LoyaltyAccountQuerySpec", "LoyaltyAccountsQueryBuilder"],
    [
      ...["transactions", "queryLoyaltyTransactions"],
      ...["LoyaltyTransactionQuerySpec", "LoyaltyTransactionsQueryBuilder"],
    ],
    ["coupons", "queryLoyaltyCoupons", "LoyaltyCouponQuerySpec", "LoyaltyCouponsQueryBuilder"],
  ]) {
    const { text } = all[group];
    const { filter, sort } = filterOf(name, "query");
    const fields = whole(filter).properties;
    const sorts = sort.items.properties.fieldName.enum;
    it(`l10 ${name}: the fields of the specification, no more and no fewer`, () => {
      const body = text.split(`interface ${spec} `)[1].split("sort: 'BOTH'")[0];
      const listed = quoted(body.split("fields: [")[1].split("]")[0]);
      assert.ok(listed.length > 5);
      assert.deepEqual(Object.keys(fields).filter(isField).sort(), listed.toSorted());
      // An object can't be sorted by.
      assert.deepEqual(
        sorts.toSorted(),
        listed.filter((path) => path !== "couponReference").toSorted(),
      );
    });

    it(`l10 ${name}: each word of the builder for the fields that it takes`, () => {
      const body = text.split(`interface ${builder} {`)[1].split("\n}")[0];
      const refused = [];
      for (const [, word, names] of body.matchAll(/^ {4}(\w+): \(propertyName: ([^,]*),/gm)) {
        for (const path of quoted(names)) {
          const [, tests] = whole(filter).properties[path]?.anyOf ?? [];
          if (!(OPERATORS[word] in (tests?.properties ?? {}))) refused.push(`${word} ${path}`);
        }
      }
      // The builder's type has one field that its own specification lacks, and lists for an object.
      const meant = {
        queryLoyaltyAccounts: Object.keys(OPERATORS).map((word) => `${word} contact.id`),
        queryLoyaltyCoupons: ["hasSome couponReference", "in couponReference"],
      };
      assert.deepEqual(refused.sort(), (meant[name] ?? []).sort());
    });
  }

  it("l10 searchAccounts: what is filtered, sorted, searched and aggregated by", () => {
    const { text } = all.accounts;
    const body = text.split("interface LoyaltyAccountSearchSpec ")[1].split("\n}")[0];
    const list = (name) => quoted(body.split(`${name}: [`)[1].split("]")[0]).sort();
    for (const name of ["searchAccounts", "bulkAdjustPoints"]) {
      const { filter, sort, search } = filterOf(name, "search");
      const filtered = Object.keys(whole(filter).properties).filter(isField);
      assert.deepEqual(filtered.sort(), list("fields"), name);
      assert.deepEqual(sort.items.properties.fieldName.enum.toSorted(), list("fields"), name);
      assert.deepEqual(search.properties.fields.items.enum.toSorted(), list("searchable"), name);
    }
    const { filter } = payload(operations.countAccounts).properties;
    const counted = Object.keys(whole(filter).properties).filter(isField);
    assert.deepEqual(counted.sort(), list("fields"));
    const { aggregations } = filterOf("searchAccounts", "search");
    const named = whole(whole(aggregations.items).properties.fieldPath).enum.map(wire);
    assert.deepEqual([...new Set(named)].sort(), list("aggregatable"));
  });
});
