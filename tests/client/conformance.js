// Runs conformance cases against the JavaScript client. Knows no engine and no test framework: a page can use it.

/** The value that an object of a case stands for. */
export function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== "object") return value;
  if ("$undefined" in value) return undefined;
  if ("$date" in value) return new Date(value.$date);
  if ("$number" in value) return Number(value.$number);
  if ("$bigint" in value) return BigInt(value.$bigint);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]));
}

/** A difference between what is and what should be, by its path; `undefined` where there is none. */
export function difference(actual, expected, path = "value") {
  if (expected && typeof expected === "object" && "$any" in expected) {
    return typeof actual === expected.$any && actual !== ""
      ? undefined
      : `${path}: ${show(actual)}`;
  }
  if (expected instanceof Date) {
    const same = actual instanceof Date && actual.getTime() === expected.getTime();
    return same ? undefined : `${path}: ${show(actual)} instead of ${show(expected)}`;
  }
  if (!expected || typeof expected !== "object") {
    return Object.is(actual, expected)
      ? undefined
      : `${path}: ${show(actual)} instead of ${show(expected)}`;
  }
  if (!actual || typeof actual !== "object" || Array.isArray(actual) !== Array.isArray(expected)) {
    return `${path}: ${show(actual)} instead of ${show(expected)}`;
  }
  for (const key of new Set([...Object.keys(actual), ...Object.keys(expected)])) {
    const found = difference(actual[key], expected[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

const show = (value) =>
  typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? String(value));

const sorted = (violations = []) => violations.map(({ field, rule }) => `${field} ${rule}`).sort();

/** What a case says of its error, and isn't so. */
function wrongError(error, expected) {
  for (const [name, value] of Object.entries(expected)) {
    const found =
      name === "violations"
        ? difference(sorted(error.violations), sorted(value), "violations")
        : difference(error[name], value, name);
    if (found) return found;
  }
  return error.name === "LoyaltyError" ? undefined : `it is no LoyaltyError: ${error.stack}`;
}

/** What a case says of its request, and isn't so. */
function wrongRequest({ url, init }, wire, proxy) {
  const body = init.body === undefined ? undefined : JSON.parse(init.body);
  const headers = Object.fromEntries(
    Object.entries(init.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return (
    difference(init.method, wire.method, "method") ??
    difference(url.slice(proxy.length), wire.path, "path") ??
    ("body" in wire ? difference(body, decodeWire(wire.body), "body") : undefined) ??
    Object.entries(wire.headers ?? {})
      .map(([name, value]) => difference(headers[name], value, `header ${name}`))
      .find(Boolean)
  );
}

// `$any` stays: it is no value, but a pattern.
const decodeWire = (body) => body;

/**
 * Runs cases.
 *
 * @param {{ createClient: Function }} clientModule The package's main module.
 * @param {{ operation: string, cases: object[] }} file
 * @returns {Promise<{ name: string, failure?: string }[]>}
 */
export async function runCases({ createClient }, { operation, cases }) {
  const proxy = "https://proxy.example/loyalty";
  const results = [];
  for (const { name, args, options, wire, reply, value, error } of cases) {
    const sent = [];
    const client = createClient({
      proxy,
      retryBudget: 0, // each case is one exchange
      fetch: async (url, init) => {
        sent.push({ url, init });
        if (!reply) throw new Error("This case is refused before anything is sent.");
        const { status, headers, body, text = JSON.stringify(body) } = reply;
        return new Response(status === 204 ? null : text, { status, headers });
      },
    });
    const group = Object.values(client).find((functions) => operation in functions);
    const given = decode(args);
    let failure;
    try {
      // The options come last: arguments that the case leaves out are undefined.
      const run = group[operation];
      const last = run.length - 1;
      const all = options ? [...given, ...Array(Math.max(0, last - given.length)), options] : given;
      const got = await run(...all);
      failure = error
        ? `it succeeded with ${show(got)} instead of ${error.code}`
        : difference(got, decode(value));
    } catch (caught) {
      failure = error ? wrongError(caught, error) : `it failed: ${caught?.stack ?? caught}`;
    }
    if (!failure && (wire || reply) && sent.length !== 1)
      failure = `${sent.length} requests went out`;
    if (!failure && !wire && !reply && sent.length) failure = "a request went out";
    if (!failure && wire) failure = wrongRequest(sent[0], wire, proxy);
    results.push(failure ? { name, failure } : { name });
  }
  return results;
}
