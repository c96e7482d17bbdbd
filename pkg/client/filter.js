// The assemblers of queries that the official modules have beside their functions.

const TESTS = "eq ne gt gte lt lte startsWith endsWith contains in nin hasSome hasAll";

/** A condition on one field; several tests of one field are met together. */
function condition(field, tests = {}) {
  const test = (operator, value) => condition(field, { ...tests, [operator]: value });
  const made = {
    filter: { [field]: tests },
    exists: (value = true) => test("$exists", value),
    isEmpty: (value = true) => test("$isEmpty", value),
    isNotEmpty: () => test("$ne", null),
  };
  for (const name of TESTS.split(" ")) made[name] = (value) => test(`$${name}`, value);
  return made;
}
/** Makes conditions, and puts them together. */
export const Filter = /* @__PURE__ */ Object.assign((field) => condition(field), {
  and: (...parts) => ({ filter: { $and: parts.map(({ filter }) => filter) } }),
  or: (...parts) => ({ filter: { $or: parts.map(({ filter }) => filter) } }),
  not: ({ filter }) => ({ filter: { $not: filter } }),
});

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
