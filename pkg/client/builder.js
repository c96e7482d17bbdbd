// The query builders of the official client. Plain JavaScript: they work before the wasm has loaded.
import { call } from "./call.js";

/** Operators by method. `eq` is a bare value, as the official builder sends it. */
const OPERATORS = {
  ne: "$ne",
  ge: "$gte",
  gt: "$gt",
  le: "$lte",
  lt: "$lt",
  startsWith: "$startsWith",
  endsWith: "$endsWith",
  contains: "$contains",
  in: "$in",
};

const joined = (operator, left, right) => {
  if (!left || !right) return left ?? right;
  const parts = (filter) => filter[operator] ?? [filter];
  return { [operator]: [...parts(left), ...parts(right)] };
};

/**
 * The fluent builder of one method.
 *
 * @param {unknown} self The client that the function is bound to.
 * @param {number} operation
 * @param {string} items The answer's field that holds the items.
 * @param {string} paging The answer's field that says where the page stands.
 */
export function fluent(self, operation, items, paging) {
  const build = (query) => {
    const { filter, sort = [], cursorPaging } = query;
    const where = (condition) => build({ ...query, filter: joined("$and", filter, condition) });
    const order = (fields, direction) =>
      build({
        ...query,
        sort: [...sort, ...fields.map((fieldName) => ({ fieldName, order: direction }))],
      });
    const page = (change) => build({ ...query, cursorPaging: { ...cursorPaging, ...change } });
    const many =
      (operator) =>
      (field, ...values) =>
        where({ [field]: { [operator]: Array.isArray(values[0]) ? values[0] : values } });

    const builder = {
      query,
      eq: (field, value) => where({ [field]: value ?? null }),
      between: (field, from, to) => where({ [field]: { $gte: from, $lt: to } }),
      hasSome: many("$hasSome"),
      hasAll: many("$hasAll"),
      exists: (field, value = true) => where({ [field]: { $exists: value } }),
      isEmpty: (field) => where({ [field]: null }),
      isNotEmpty: (field) => where({ [field]: { $ne: null } }),
      and: (other) => where(other.query.filter),
      or: (other) => build({ ...query, filter: joined("$or", filter, other.query.filter) }),
      not: (other) => where(other.query.filter && { $not: other.query.filter }),
      ascending: (...fields) => order(fields, "ASC"),
      descending: (...fields) => order(fields, "DESC"),
      limit: (limit) => page({ limit }),
      skipTo: (cursor) => page({ cursor }),
      async find(options) {
        // A cursor carries filter and sort: it goes alone.
        const sent = cursorPaging.cursor ? { cursorPaging } : query;
        const answer = await call(self, operation, [sent], options);
        const cursors = answer[paging]?.cursors ?? {};
        const at = (cursor) => () => builder.skipTo(cursor).find(options);
        return {
          items: answer[items],
          length: answer[items].length,
          pageSize: cursorPaging.limit,
          query: builder,
          cursors,
          hasNext: () => Boolean(cursors.next),
          hasPrev: () => Boolean(cursors.prev),
          next: at(cursors.next),
          prev: at(cursors.prev),
        };
      },
    };
    for (const [name, operator] of Object.entries(OPERATORS)) {
      builder[name] = (field, value) => where({ [field]: { [operator]: value } });
    }
    return builder;
  };
  return build({ cursorPaging: { limit: 50 } });
}

const TESTS = "eq ne gt gte lt lte startsWith endsWith contains in nin hasSome hasAll".split(" ");

/** A condition on one field; several tests of one field are met together. */
export function Filter(field, tests = {}) {
  const test = (operator, value) => Filter(field, { ...tests, [operator]: value });
  const condition = {
    filter: { [field]: tests },
    exists: (value = true) => test("$exists", value),
    isEmpty: (value = true) => test("$isEmpty", value),
    isNotEmpty: () => test("$ne", null),
  };
  for (const name of TESTS) condition[name] = (value) => test(`$${name}`, value);
  return condition;
}
Filter.and = (...parts) => ({ filter: { $and: parts.map(({ filter }) => filter) } });
Filter.or = (...parts) => ({ filter: { $or: parts.map(({ filter }) => filter) } });
Filter.not = ({ filter }) => ({ filter: { $not: filter } });

/** An order by one field. */
export const Sort = (fieldName) => ({
  asc: () => ({ sort: { fieldName, order: "ASC" } }),
  desc: () => ({ sort: { fieldName, order: "DESC" } }),
});

/** Puts a query object together. */
export function QueryBuilder(query = {}) {
  const put = (change) => QueryBuilder({ ...query, ...change });
  return {
    withFilter: ({ filter }) => put({ filter }),
    withSorting: (...sorts) => put({ sort: sorts.map(({ sort }) => sort) }),
    // The loyalty methods page by cursor; the official builder's `paging` is no field of theirs.
    withPaging: (cursorPaging) => put({ cursorPaging }),
    build: () => query,
  };
}
