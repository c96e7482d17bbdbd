// The query builders of the official client. Plain JavaScript: they work before the wasm has loaded.
import { method, withLength } from "./method.js";

/** Methods that are called as their operators. `eq` is a bare value, as the official builder sends it. */
const OPERATORS = "ne gt lt startsWith endsWith contains in";

const joined = (operator, left, right) => {
  if (!left || !right) return left ?? right;
  const parts = (filter) => filter[operator] ?? [filter];
  return { [operator]: [...parts(left), ...parts(right)] };
};

/**
 * The function of a query: without a query it gives the fluent builder.
 *
 * @param {number} number See method.js for the first four.
 * @param {string} names
 * @param {string} path
 * @param {number} effect
 * @param {string} items The answer's field that holds the items.
 * @param {string} paging The answer's field that says where the page stands.
 */
export const query = (number, names, path, effect, items, paging) => {
  const send = method(number, names, path, effect);
  return withLength(2, function (query, options) {
    return query === undefined
      ? fluent((...sent) => send.apply(this, sent), items, paging)
      : send.call(this, query, options);
  });
};

function fluent(send, items, paging) {
  const build = (query) => {
    const { filter, sort = [], cursorPaging } = query;
    const where = (condition) => build({ ...query, filter: joined("$and", filter, condition) });
    const order = (fields, direction) =>
      build({
        ...query,
        sort: [...sort, ...fields.map((fieldName) => ({ fieldName, order: direction }))],
      });
    const page = (change) => build({ ...query, cursorPaging: { ...cursorPaging, ...change } });
    const one = (operator) => (field, value) => where({ [field]: { [operator]: value } });
    const many =
      (operator) =>
      (field, ...values) =>
        where({ [field]: { [operator]: Array.isArray(values[0]) ? values[0] : values } });

    const builder = {
      query,
      eq: (field, value) => where({ [field]: value ?? null }),
      between: (field, from, to) => where({ [field]: { $gte: from, $lt: to } }),
      ge: one("$gte"),
      le: one("$lte"),
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
        const answer = await send(sent, options);
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
    for (const name of OPERATORS.split(" ")) builder[name] = one(`$${name}`);
    return builder;
  };
  return build({ cursorPaging: { limit: 50 } });
}
