// The shell around the state machine: requests of the web in, responses of the web out, and what a
// state machine can't do itself, which is to wait and to break a connection.
import init, { Sandbox as Machine } from "../wasm/sandbox/sandbox.js";
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
  return async function createSandbox(options = {}) {
    refuseProduction();
    loaded ??= Promise.resolve(source()).then((module_or_path) => init({ module_or_path }));
    try {
      await loaded;
    } catch (error) {
      loaded = undefined; // so that a failed download can be tried again
      throw error;
    }
    return shell(start(options));
  };
}

/** @param {import("./index.js").SandboxOptions} options */
function start({ now, ...rest }) {
  const moment = now === undefined ? {} : { now: new Date(now).toISOString() };
  try {
    return new Machine(JSON.stringify({ ...rest, ...moment }), Date.now());
  } catch (error) {
    throw typeof error === "string" ? new TypeError(error) : error;
  }
}

/**
 * @param {Machine} machine
 * @returns {import("./index.js").Sandbox}
 */
function shell(machine) {
  /** @type {Machine | undefined} */
  let open = machine;

  let alarm;

  /** Comes back when something is due: nobody may ask before, and yet it has to happen. */
  const wake = (ms) => {
    clearTimeout(alarm);
    if (ms === null || ms === undefined) return;
    alarm = setTimeout(tick, ms);
    alarm.unref?.(); // A program that is done need not wait for it.
  };

  const tick = () => {
    if (open) wake(open.tick(Date.now()));
  };

  const handle = (request) => {
    if (!open) throw new Error("The sandbox is closed. Create another one with createSandbox().");
    const reply = JSON.parse(open.handle(JSON.stringify(request), Date.now()));
    wake(reply.wakeMs);
    return reply;
  };

  return {
    ...JSON.parse(machine.ready()),
    handle,
    tick,

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
      clearTimeout(alarm);
      open?.free();
      open = undefined;
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
