// The shell around the state machine: requests of the web in, responses of the web out, and what a
// state machine can't do itself, which is to wait and to break a connection.
import init, { Sandbox as Machine } from "../wasm/sandbox/sandbox.js";
import { openKept } from "./kept.js";
import { refuseProduction } from "./production.js";

/**
 * Makes `createSandbox` for a runtime. Each file of load/ says where that runtime has the wasm.
 *
 * @param {() => unknown} source The module, its bytes, or its URL.
 * @returns {typeof import("./index.js").createSandbox}
 */
export function withWasm(source) {
  /** @type {Promise<unknown> | undefined} */
  let loaded;
  return async function createSandbox({ store, ...options } = {}) {
    refuseProduction();
    loaded ??= Promise.resolve(source()).then((module_or_path) => init({ module_or_path }));
    try {
      await loaded;
    } catch (error) {
      loaded = undefined; // so that a failed download can be tried again
      throw error;
    }
    return shell(store ? await openKept(store, written(options)) : start(options), store);
  };
}

/** @param {import("./index.js").SandboxOptions} options */
function start(options) {
  try {
    return new Machine(written(options), Date.now());
  } catch (error) {
    throw typeof error === "string" ? new TypeError(error) : error;
  }
}

function written({ now, ...rest }) {
  const moment = now === undefined ? {} : { now: new Date(now).toISOString() };
  return JSON.stringify({ ...rest, ...moment });
}

/**
 * @param {Machine} machine
 * @param {import("./index.js").SandboxStore} [store]
 * @returns {import("./index.js").Sandbox}
 */
function shell(machine, store) {
  /** @type {Machine | undefined} */
  let open = machine;
  /** @type {Error | undefined} */
  let broken;

  const handle = (request) => {
    if (!open) throw new Error("The sandbox is closed. Create another one with createSandbox().");
    if (broken) throw broken;
    const reply = JSON.parse(open.handle(JSON.stringify(request), Date.now()));
    if (store) keep(open.changes());
    return reply;
  };

  // No answer leaves before what it tells is kept. If that fails, memory is ahead of the store, and
  // whatever it would answer from now on could be lost.
  const keep = (changes) => {
    if (changes.length === 0) return;
    try {
      store.commit([changes]);
    } catch (error) {
      broken = new Error(
        `${store.name} could not be written (${error.message}). Nothing after that was kept: ` +
          "mend the cause and start the sandbox again.",
        { cause: error },
      );
      throw broken;
    }
  };

  return {
    ...JSON.parse(machine.ready()),
    handle,

    async fetch(input, init) {
      const request = isRequest(input) && !init ? input : new Request(input, init);
      const { signal } = request;
      signal?.throwIfAborted();
      const reply = handle(await readRequest(request));
      await wait(reply.delayMs, signal);
      signal?.throwIfAborted();
      if (reply.drop) {
        throw new TypeError("fetch failed", {
          cause: new Error("The sandbox broke the connection."),
        });
      }
      return makeResponse(reply);
    },

    async control(method, place, body) {
      const reply = handle({
        method,
        target: `/_sandbox/${place.replace(/^\/+/, "")}`,
        headers: [
          ["host", "localhost"],
          ["x-sandbox-control", "1"],
        ],
        body: body === undefined ? "" : JSON.stringify(body),
      });
      const answer = JSON.parse(reply.body);
      if (reply.status !== 200) throw new Error(answer.message);
      return answer;
    },

    close() {
      if (!open) return;
      open.free();
      open = undefined;
      store?.close();
    },
  };
}

/** A request of another realm is no `instanceof Request`, so it is known by what it can do. */
function isRequest(input) {
  return typeof input?.text === "function" && typeof input.method === "string";
}

/** @param {Request} request */
async function readRequest(request) {
  const url = new URL(request.url);
  const headers = [...request.headers];
  // A Request has no Host header; its URL says what a server would have seen.
  if (!request.headers.has("host")) headers.push(["host", url.host]);
  const body = await request.text();
  return { method: request.method, target: url.pathname + url.search, headers, body };
}

function makeResponse({ status, headers, body, cutAt }) {
  if (cutAt === null) return new Response(status === 204 ? null : body, { status, headers });
  const part = new TextEncoder().encode(body).slice(0, cutAt);
  // The part goes out first; whoever reads on meets the break.
  const stream = new ReadableStream({
    start: (controller) => controller.enqueue(part),
    pull: (controller) => controller.error(new TypeError("terminated")),
  });
  return new Response(stream, { status, headers });
}

/**
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 */
function wait(ms, signal) {
  if (ms === 0) return undefined;
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(undefined);
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
