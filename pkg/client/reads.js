// Reads that are shared: those of one caller that ask for the same at the same time are one request, and an answer can be
// kept for a while. It imports nothing, so that a bundler leaves what a page has already in one file.
//
// What is shared is the answer's text: each caller makes a value of its own of it.

/** The least effect of a method that changes something. */
const WRITES = 2;

/** The most answers that are kept. */
const MOST = 100;

/**
 * Carries out a call's request.
 *
 * @param {any} client
 * @param {any} request
 * @param {Function} within Runs work within the caller's own limits.
 * @param {import("./index.js").CallOptions | undefined} options
 * @param {(signal?: AbortSignal) => Promise<string>} send
 * @returns {Promise<string>} The answer's text.
 */
export async function run(client, request, within, options, send) {
  const { reads } = client;
  if (reads && request.effect < WRITES) return read(client, request, within, options ?? {}, send);
  try {
    return await send(options?.signal);
  } finally {
    // Whatever became of a write: what was read before may be different now.
    if (request.effect >= WRITES) reads?.known.clear();
  }
}

async function read(client, request, within, { fresh, signal }, send) {
  const { reads } = client;
  const bearer = await within(() => client.bearer());
  request.bearer = bearer;
  if (reads.bearer !== bearer) {
    // Another caller, or nobody any more: nothing of the former one's stays.
    reads.bearer = bearer;
    reads.known.clear();
  }
  // A session's cookie is invisible to scripts: without a token nobody here can tell one caller from another.
  if (!bearer) return send(signal);
  const name = `${request.path}\n${request.body}`;
  for (let anew = fresh; ; anew = false) {
    const known = anew ? undefined : reads.known.get(name);
    if (performance.now() < known?.until) {
      // Given at once, and asked for again behind it.
      if (!known.flight) launch(reads, name, request, send).done.catch(() => {});
      return known.said;
    }
    if (!known?.flight) return join(launch(reads, name, request, send), within);
    const said = await join(known.flight, within, "TIMEOUT");
    if (said !== undefined) return said;
    // The time of who sent it was over, and not this caller's who came later.
  }
}

/** Sends the request, on behalf of whoever joins. */
function launch(reads, name, request, send) {
  const cut = new AbortController();
  const entry = { until: 0, ...reads.known.get(name) };
  const { bearer } = request;
  const flight = { cut, waiting: 0, done: undefined, error: undefined };
  const over = () => {
    entry.flight = undefined;
    // A write, another caller or a newer request may have taken its place.
    return reads.known.get(name) === entry;
  };
  flight.done = send(cut.signal).then(
    (said) => {
      if (!over()) return said;
      reads.known.delete(name);
      // A token that was renewed meanwhile may be another caller's.
      if (reads.staleMs > 0 && request.bearer === bearer) {
        entry.said = said;
        entry.until = performance.now() + reads.staleMs;
        reads.known.set(name, entry);
        if (reads.known.size > MOST) reads.known.delete(reads.known.keys().next().value);
      }
      return said;
    },
    (error) => {
      // What may be over soon leaves what is kept; what the proxy refuses does not.
      if (over() && !(error.retryable && performance.now() < entry.until)) reads.known.delete(name);
      flight.error = error;
      throw error;
    },
  );
  entry.flight = flight;
  reads.known.set(name, entry);
  return flight;
}

/** Waits for an answer as long as this caller may; the last one who leaves ends the request. No answer is `undefined`. */
async function join(flight, within, tolerated) {
  flight.waiting += 1;
  try {
    return await within(() => flight.done);
  } catch (error) {
    if (error === flight.error && error.code === tolerated) return undefined;
    throw copy(error);
  } finally {
    flight.waiting -= 1;
    if (flight.waiting === 0) flight.cut.abort();
  }
}

/** An error of the caller's own: several have the same one otherwise, and may write into it. */
function copy(error) {
  const { code, message, cause, details, response, violations, ...rest } = error;
  const own = structuredClone({ details, response, violations });
  const more = { ...rest, ...(cause !== undefined && { cause }) };
  for (const [name, value] of Object.entries(own)) if (value !== undefined) more[name] = value;
  return new error.constructor(code, message, more);
}
