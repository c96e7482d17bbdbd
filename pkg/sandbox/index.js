// The shell around the state machine: requests of the web in, responses of the web out, and what a
// state machine can't do itself, which is to wait and to break a connection.
import init, { Sandbox as Machine } from "../wasm/sandbox/sandbox.js";
import { keptSigner, openKept } from "./kept.js";
import { createPostman } from "./postman.js";
import { refuseProduction } from "./production.js";
import { createSigner } from "./signer.js";

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
    loaded ??= Promise.resolve(source())
      .then((module_or_path) => init({ module_or_path }))
      .catch((error) => {
        loaded = undefined; // so that a failed download can be tried again
        throw error;
      });
    const { signingKey, webhooks, ...rest } = options;
    const { fetch: carrier, ...hook } = webhooks ?? {};
    const text = written(webhooks ? { ...rest, webhooks: hook } : rest);
    if (store) return openStored(store, text, signingKey, carrier, loaded);
    const [signer] = await Promise.all([createSigner(signingKey), loaded]);
    return shell(start(text), signer, carrier);
  };
}

async function openStored(store, options, signingKey, carrier, loaded) {
  let machine;
  try {
    const [given] = await Promise.all([signingKey && createSigner(signingKey), loaded]);
    machine = await openKept(store, options);
    const signer = given ?? (await keptSigner(machine, store, createSigner));
    return shell(machine, signer, carrier, store);
  } catch (error) {
    machine?.free();
    store.close();
    throw error;
  }
}

/** @param {string} options */
function start(options) {
  try {
    return new Machine(options, Date.now());
  } catch (error) {
    throw typeof error === "string" ? new TypeError(error) : error;
  }
}

/** @param {import("./index.js").SandboxOptions} options */
function written({ now, ...rest }) {
  const moment = now === undefined ? {} : { now: new Date(now).toISOString() };
  return JSON.stringify({ ...rest, ...moment });
}

/**
 * @param {Machine} machine
 * @param {Awaited<ReturnType<typeof createSigner>>} signer
 * @param {typeof globalThis.fetch} [carrier] Delivers events.
 * @param {import("./index.js").SandboxStore} [store]
 * @returns {import("./index.js").Sandbox}
 */
function shell(machine, signer, carrier, store) {
  /** @type {Machine | undefined} */
  let open = machine;
  /** @type {Error | undefined} */
  let broken;

  /** @type {Map<object, Machine>} */
  const snapshots = new Map();

  const postman = createPostman((claim) => {
    if (signer) return signer.sign(claim);
    throw new Error("Events can't be signed here: WebCrypto needs https, or localhost.");
  });
  postman.use(carrier);

  const state = () => {
    if (!open) throw new Error("The sandbox is closed. Create another one with createSandbox().");
    if (broken) throw broken;
    return open;
  };

  // No answer leaves before what it tells is kept. If that fails, memory is ahead of the store, and
  // whatever it would answer from now on could be lost.
  const keep = () => {
    const changes = store === undefined ? [] : state().changes();
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

  let alarm;

  /** Comes back when something is due: nobody may ask before, and yet it has to happen. */
  const wake = (ms) => {
    clearTimeout(alarm);
    if (ms === null || ms === undefined) return;
    alarm = setTimeout(tick, ms);
    alarm.unref?.(); // A program that is done need not wait for it.
  };

  const tick = () => {
    if (!open || broken) return;
    const next = open.tick(Date.now());
    try {
      keep();
    } catch {
      return; // the next call tells
    }
    wake(next);
  };

  const handle = (request) => {
    const now = Date.now();
    const { deliver, ...reply } = JSON.parse(state().handle(JSON.stringify(request), now));
    keep();
    wake(reply.wakeMs);
    if (deliver.length > 0) postman.take(deliver);
    return reply;
  };

  // What a state machine without a key can't say of an event: its signed form, and how its delivery went.
  const answer = async (request) => {
    const reply = handle(request);
    if (!isEventList(request) || reply.status !== 200) return reply;
    const { events, ...rest } = JSON.parse(reply.body);
    return { ...reply, body: JSON.stringify({ events: await postman.told(events), ...rest }) };
  };

  const order = (method, place, body) => readOrder(handle(orderOf(method, place, body)));

  return {
    ...JSON.parse(machine.ready()),
    publicKey: signer?.publicKey,
    handle,
    answer,
    tick,

    async fetch(input, init) {
      const request = isRequest(input) && !init ? input : new Request(input, init);
      const { signal } = request;
      signal?.throwIfAborted();
      const reply = await answer(await readRequest(request));
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
      return readOrder(await answer(orderOf(method, place, body)));
    },

    clock: {
      now: () => new Date(order("GET", "clock").now),
      set: (to) => void order("POST", "clock", { now: new Date(to).toISOString(), still: true }),
      advance: (ms) => void order("POST", "clock", { advanceMs: ms }),
      run: () => void order("POST", "clock", { still: false }),
    },

    faults: {
      add: (...rules) => void order("POST", "faults", { rules }),
      follow: (plan) => void order("POST", "faults", plan),
      list: () => order("GET", "faults").rules,
      clear: () => void order("DELETE", "faults"),
    },

    webhooks: {
      deliver({ fetch: other, ...hook }) {
        order("POST", "webhooks", hook);
        postman.use(other);
      },
      stop: () => void order("DELETE", "webhooks"),
      settled: () => postman.settled(),
    },

    async events() {
      const reply = await answer(orderOf("GET", "events"));
      return readOrder(reply).events;
    },

    snapshot() {
      const snapshot = Object.freeze({});
      snapshots.set(snapshot, state().snapshot());
      return snapshot;
    },

    restore(snapshot) {
      const kept = snapshots.get(snapshot);
      if (!kept) throw new TypeError("This is no snapshot of this sandbox.");
      state().restore(kept);
      keep();
    },

    close() {
      postman.close();
      for (const kept of snapshots.values()) kept.free();
      snapshots.clear();
      clearTimeout(alarm);
      if (!open) return;
      open.free();
      open = undefined;
      store?.close();
    },
  };
}

const EVENTS = "/_sandbox/events";
const isEventList = ({ method, target }) => method === "GET" && target.split("?")[0] === EVENTS;

/** A call of the control plane, as it would come over a socket. */
const orderOf = (method, place, body) => ({
  method,
  target: `/_sandbox/${place.replace(/^\/+/, "")}`,
  headers: [
    ["host", "localhost"],
    ["x-sandbox-control", "1"],
  ],
  body: body === undefined ? "" : JSON.stringify(body),
});

function readOrder({ status, body }) {
  const answer = JSON.parse(body);
  if (status !== 200) throw new Error(answer.message);
  return answer;
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
