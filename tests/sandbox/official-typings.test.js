// What the official client's typings promise, field by field and limit by limit, against what the sandbox says of
// itself in its OpenAPI file: that is the contract, as client and proxy have it too. Where the two differ on purpose,
// the difference is in a list here, with the reason, and none is there that doesn't occur.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operations, payload, whole } from "./described.js";
import { typings, wire } from "./typings.js";

/** The methods by package; `others` are what the read-me calls the neighbours. */
const GROUPS = {
  accounts: {
    methods: [
      ...["createAccount", "earnPoints", "adjustPoints", "getAccount", "getProgramTotals"],
      ...["getCurrentMemberAccount", "getAccountBySecondaryId", "listAccounts"],
      ...["queryLoyaltyAccounts", "searchAccounts", "countAccounts", "bulkAdjustPoints"],
    ],
    others: [],
  },
  transactions: { methods: ["getLoyaltyTransaction", "queryLoyaltyTransactions"], others: [] },
  programs: {
    methods: ["getLoyaltyProgram"],
    others: [
      ...["updateLoyaltyProgram", "activateLoyaltyProgram", "pauseLoyaltyProgram"],
      ...["enablePointsExpiration", "disablePointsExpiration", "getLoyaltyProgramPremiumFeatures"],
    ],
  },
  tiers: {
    methods: ["listTiers", "getTier", "getTiersProgram"],
    others: [
      ...["createTier", "bulkCreateTiers", "updateTier", "deleteTier"],
      ...["createTiersProgramSettings", "getTiersProgramSettings", "updateTiersProgramSettings"],
    ],
  },
  rewards: {
    methods: ["listRewards", "getReward", "queryRewards"],
    others: ["createReward", "bulkCreateRewards", "updateReward", "deleteReward"],
  },
  coupons: {
    methods: [
      ...["redeemPointsForCoupon", "redeemCurrentMemberPointsForCoupon"],
      ...["getCurrentMemberCoupons", "queryLoyaltyCoupons"],
    ],
    others: ["getLoyaltyCoupon", "deleteLoyaltyCoupon"],
  },
};

/** Differences that are meant: the read-me lists those that a caller can meet. */
const MEANT = {
  "the transaction's own limit": /^earnPoints < idempotencyKey: maxLength 256, here 128$/,
  "the prose's limit": [
    /^(adjustPoints|bulkAdjustPoints) < balance: min -, here 0$/,
    /aggregations\S*value\.limit: (min -, here 1|max -, here 250)$/,
  ],
  "one of two parameters, which OpenAPI can't tell":
    /^getAccountBySecondaryId < (contactId: missing|memberId: missing|secondaryId: not theirs)$/,
  "no page has nothing, and no cursor either":
    /cursorPaging\.(limit: min -, here 1|cursor: minLength -, here 1)$/,
  "listed by name, and all shorter":
    /(sort\[\]\.fieldName|fields\[\]|fieldPath): maxLength (512|200), here -$/,
  "nobody asks for what is unknown": /: enum UNKNOWN\S*,(\S+), here \1$/,
  "removed upstream in 2024": /\.(groupBy\.\w+|groupedByValue\.results): missing$/,
  "aggregations change nothing there":
    /^bulkAdjustPoints < \S*nestedAggregations\[\]\.type: enum \S+, here \S+,NESTED$/,
  "found by their names": /nestedAggregations\[\]\.name: minLength -, here 1$/,
  "a range without a bucket has no result": /range\.buckets: minSize -, here 1$/,
  "an adjustment of ten would be one of all":
    /^bulkAdjustPoints < search\.cursorPaging\.(limit|cursor): \w+ \w+, here (null|-)$/,
  "converted by their client, though no type has it": /tier\.recalculationDate: not theirs$/,
  "told beside the date, as outside of nested ones": /scalarDate\.type: not theirs$/,
  "any text may come": /> asyncJobId: format GUID, here -$/,
  "a GUID, as all ids are": /itemMetadata\.id: format -, here uuid$/,
  "offset paging, projections and sorts by more than 5 fields": [
    /^queryLoyaltyCoupons < query\.(paging|fields|fieldsets): missing$/,
    /^queryLoyaltyCoupons < query\.sort: maxSize -, here 5$/,
  ],
  "no tier costs less than nothing": /requiredPoints: min -, here 0$/,
  "left behind by their client": /^\w+ < (tier|tiers\[\]|reward|rewards\[\])\._id: not theirs$/,
  "the path's parameter has another name":
    /^(updateTier|updateReward|deleteLoyaltyCoupon) < (\S*id: missing|(tierI|loyaltyCouponI|i)d: not theirs)$/,
};

const LIMITS = {
  number: { min: "minimum", max: "maximum" },
  string: { minLength: "minLength", maxLength: "maxLength" },
  list: { minSize: "minItems", maxSize: "maxItems" },
};
const TYPES = {
  string: ["string"],
  number: ["integer", "number"],
  boolean: ["boolean"],
  Date: ["string"],
};

/** Every difference between a type of theirs and a schema of ours. */
function* differences(theirs, type, tags, schema, path, asked, above = []) {
  const ours = whole(schema);
  const kinds = [ours.type ?? typeof (ours.const ?? ours.enum?.[0])].flat();
  const limits = function* (of) {
    for (const [tag, key] of asked ? Object.entries(LIMITS[of]) : []) {
      const [one, two] = [tags[tag] ?? "-", String(ours[key] ?? "-")];
      const same = one === two || (one === "-" && two === "0" && of !== "number");
      if (!same) yield `${path}: ${tag} ${one}, here ${two}`;
    }
  };
  const list = /^(\w+)\[\]$/.exec(type)?.[1];
  if (list) {
    if (!kinds.includes("array")) return yield `${path}: ${type}, here ${kinds}`;
    yield* limits("list");
    return yield* differences(theirs, list, tags, ours.items, `${path}[]`, asked, above);
  }
  const map = /^Record<string, (\w+)>$/.exec(type)?.[1];
  if (map === "any") return;
  if (map) {
    const inner = ours.additionalProperties;
    return yield* differences(theirs, map, {}, inner, `${path}{}`, asked, above);
  }
  const names = theirs.enums[type.replace(/WithLiterals$/, "")];
  if (names) {
    const own = (ours.enum ?? [ours.const]).filter((name) => name !== null);
    const [one, two] = [names.toSorted().join(), own.toSorted().join()];
    if (one !== two) {
      const unknown = names.filter((name) => !own.includes(name));
      const known = names.filter((name) => own.includes(name));
      yield `${path}: enum ${[...unknown, ...known].join()}, here ${own.join()}`;
    }
    return;
  }
  if (theirs.has(type)) {
    if (above.includes(type)) return;
    const fields = Object.entries(theirs.fields(type)).map(([name, told]) => [wire(name), told]);
    const at = (name) => (path.endsWith(" ") ? `${path}${name}` : `${path}.${name}`);
    for (const [name, told] of fields) {
      const inner = ours.properties?.[name];
      // Pictures are objects on the wire; their client makes text of them.
      if (name === "icon" && inner?.description === "Icon.") continue;
      if (!inner) yield `${at(name)}: missing`;
      else
        yield* differences(theirs, told.type, told.tags, inner, at(name), asked, [...above, type]);
    }
    const known = new Set(fields.map(([name]) => name));
    for (const name of Object.keys(ours.properties ?? {})) {
      if (!known.has(name)) yield `${at(name)}: not theirs`;
    }
    return;
  }
  const wanted = TYPES[type] ?? [];
  if (!kinds.some((kind) => wanted.includes(kind))) yield `${path}: type ${type}, here ${kinds}`;
  yield* limits(type === "number" ? "number" : "string");
  const formats = [tags.format === "GUID" ? "uuid" : "-", ours.format === "uuid" ? "uuid" : "-"];
  if (formats[0] !== formats[1]) yield `${path}: format ${tags.format ?? "-"}, here ${formats[1]}`;
}

const named = (method) =>
  method === "queryLoyaltyCoupons"
    ? "QueryLoyaltyCoupon"
    : method[0].toUpperCase() + method.slice(1);

/** Every difference of a method's request and answer. */
function* ofMethod(theirs, method) {
  const operation = operations[method];
  assert.ok(theirs.has(`${named(method)}Request`), method);
  yield* differences(
    theirs,
    `${named(method)}Request`,
    {},
    payload(operation),
    `${method} < `,
    true,
  );
  const answer = operation.responses["200"].content["application/json"].schema;
  yield* differences(theirs, `${named(method)}Response`, {}, answer, `${method} > `, false);
}

const patterns = Object.values(MEANT).flat();
const met = new Set();

describe("the official typings", () => {
  for (const [group, { methods, others }] of Object.entries(GROUPS)) {
    const theirs = typings(group);
    it(`l10 l06 ${group}: every field, type, name and limit`, () => {
      const odd = [];
      for (const method of [...methods, ...others]) {
        for (const one of ofMethod(theirs, method)) {
          const pattern = patterns.find((pattern) => pattern.test(one));
          if (pattern) met.add(pattern);
          else odd.push(one);
        }
      }
      assert.deepEqual(odd, []);
    });
  }

  it("l10 no difference is listed that there isn't", () => {
    assert.deepEqual(
      patterns.filter((pattern) => !met.has(pattern)),
      [],
    );
  });
});
