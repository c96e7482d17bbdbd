// Walks the pages of a list. Loaded with the first item that somebody asks for; it imports nothing, so that a bundler
// leaves what a page has already in one file.

const MOST_OF_A_PAGE = 100;
/** So many pages without an item, one behind the other, are an answer that never ends. */
const EMPTY_PAGES = 1_000;

/** A list's function or builder as a function of the page. */
function pageOf(list, query, call) {
  // The methods that give all at once take no query.
  if (list.length === 1) return () => list(call);
  if (list.find) return (limit, cursor) => list.limit(limit).skipTo(cursor).find(call);
  // A cursor carries filter and order: it goes alone.
  return (limit, cursor) =>
    list(
      cursor ? { cursorPaging: { limit, cursor } } : { ...query, cursorPaging: { limit } },
      call,
    );
}

/**
 * @param {(code: string, message: string, cause?: unknown, retryable?: boolean) => Error} fail
 * @param {any} list A function that gives a list, or a builder.
 * @param {...any} rest The query, unless a builder has it; the options.
 */
export function pages(fail, list, ...rest) {
  const failure = (code, message) => fail(code, message, undefined, false);
  const isBuilder = typeof list?.find === "function";
  if (!isBuilder && typeof list !== "function")
    throw failure("INVALID_ARGUMENT", "list must be a function that gives a list, or a builder.");
  const [query, options] = isBuilder ? [list.query, rest[0]] : rest;
  const own = query?.cursorPaging;
  const { limit = Infinity, pageSize = own?.limit ?? 50, signal, timeoutMs } = options ?? {};
  const whole = (name, value, least, most) => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw failure(
        "INVALID_ARGUMENT",
        `options.${name} must be a whole number from ${least} to ${most}.`,
      );
  };
  if (limit !== Infinity) whole("limit", limit, 0, Number.MAX_SAFE_INTEGER);
  whole("pageSize", pageSize, 1, MOST_OF_A_PAGE);
  const page = pageOf(list, query, {
    ...(signal && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });

  // Where the walk stands. It outlives a page that fails, so that the walk can go on there.
  const seen = new Set();
  const cursors = new Set();
  let cursor = own?.cursor;
  let waiting = [];
  let isLast = false;
  let left = limit;
  let empty = 0;

  async function read() {
    const answer = await page(pageSize, cursor);
    const values = [answer, ...Object.values(answer)];
    const items = values.find((value) => Array.isArray(value));
    if (!items)
      throw failure("INVALID_ARGUMENT", "list must be a function that gives a list, or a builder.");
    const next = values.find((value) => value?.cursors)?.cursors.next;
    if (next && cursors.has(next))
      throw failure("INVALID_RESPONSE", "The proxy gave the same cursor twice.");
    empty = items.length > 0 ? 0 : empty + 1;
    if (empty > EMPTY_PAGES)
      throw failure("INVALID_RESPONSE", "The proxy gives page after page without an item.");
    cursors.add(next);
    cursor = next;
    isLast = !next || list.length === 1;
    waiting = items.slice();
  }

  async function* walk() {
    while (left > 0) {
      if (signal?.aborted)
        throw fail("CANCELLED", "The iteration was cancelled by its signal.", signal.reason, false);
      const item = waiting.shift();
      if (item === undefined) {
        if (isLast) return;
        await read();
      } else if (!seen.has(item._id)) {
        // An item that is added while we read shifts the pages behind it: what comes again was given.
        if (item._id !== undefined) seen.add(item._id);
        left -= 1;
        yield item;
      }
    }
  }
  let walking = walk();
  let turn = Promise.resolve();
  const step = async () => {
    try {
      return await walking.next();
    } catch (error) {
      walking = walk();
      throw error;
    }
  };
  return {
    // One behind the other: who asks while a page is on its way gets what comes behind it.
    next() {
      const result = turn.then(step);
      turn = result.then(
        () => {},
        () => {},
      );
      return result;
    },
    return(value) {
      left = 0;
      return walking.return(value);
    },
  };
}
