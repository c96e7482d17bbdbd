// A page that goes away in the middle: what was begun for it is finished, and whoever wants the same is kept from nothing.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createCache } from "../../pkg/proxy/cache.js";
import { createInstance } from "../../pkg/proxy/instance.js";
import { memo, together } from "../../pkg/proxy/identify/bounded.js";
import { startWorker } from "../stores/worker.js";
import { A, KEY, MY_ACCOUNT, ORIGIN, POLICY, SITE, earn, stub } from "./support.js";

const WORKER = `
  import { apiKey, createProxy, custom, memoryStore } from "loyalty-edge/proxy";
  export default createProxy((env) => ({
    credential: apiKey({ key: env.KEY, siteId: env.SITE }),
    identify: custom(({ token }) => ({ role: "member", memberId: token })),
    origins: ["${ORIGIN}"],
    upstream: env.UPSTREAM,
    policy: ${JSON.stringify(POLICY)},
    confirm: { "review-exists": () => true },
    store: memoryStore(),
    cache: { accountMs: 0 },
    log: () => {},
  }));
`;
/** Stands for the page: goes away as soon as upstream was asked. */
const PAGE = `
  export default {
    async fetch(request, env) {
      const abort = new AbortController();
      const answered = env.PROXY.fetch(request, { signal: abort.signal });
      if (request.headers.get("x-goes-away") === null) return answered;
      answered.catch(() => {});
      await fetch(env.UPSTREAM + "/was-asked");
      abort.abort();
      return new Response("{}", { status: 499 });
    },
  };
`;

/** An upstream whose next answer is held back until somebody has gone away, and a word about when it was asked. */
const paid = [];
let hold;
let upstream;
let running;
before(async () => {
  upstream = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { pathname: path, searchParams: query } = new URL(request.url, "http://x");
    if (path === "/was-asked") {
      await hold.asked;
      response.end("yes");
      return;
    }
    const isHeld = hold?.path !== undefined && path.endsWith(hold.path);
    if (isHeld) {
      const { free } = hold;
      hold.path = undefined;
      hold.wasAsked();
      await free;
    }
    const body = text === "" ? undefined : JSON.parse(text);
    if (path.endsWith("/earn-points")) paid.push(body.idempotencyKey);
    const answer = stub({ method: request.method, path, query, body });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const UPSTREAM = `http://127.0.0.1:${upstream.address().port}`;
  running = await startWorker(WORKER, ({ compatibilityDate, ...code }) => ({
    workers: [
      {
        name: "page",
        modules: [{ type: "ESModule", path: "page.js", contents: PAGE }],
        compatibilityDate,
        serviceBindings: { PROXY: "proxy" },
        bindings: { UPSTREAM },
      },
      { name: "proxy", compatibilityDate, ...code, bindings: { KEY, SITE, UPSTREAM } },
    ],
  }));
});
after(async () => {
  await running?.stop();
  upstream?.close();
  upstream?.closeAllConnections();
});

/** The next answer to a path waits. */
function holdBack(path) {
  let [wasAsked, letGo] = [];
  const asked = new Promise((resolve) => (wasAsked = resolve));
  const free = new Promise((resolve) => (letGo = resolve));
  hold = { path, asked, wasAsked, free };
  return letGo;
}

async function call([method, path], who, { body, headers } = {}) {
  const response = await running.worker.dispatchFetch(`https://edge.example/loyalty${path}`, {
    method,
    headers: {
      origin: ORIGIN,
      "x-loyalty-client": "test/1",
      authorization: `Bearer ${who}`,
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
      ...headers,
    },
    body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
  });
  return { status: response.status, json: await response.json() };
}

const AWAY = { "x-goes-away": "1" };

test("p29_a_reader_who_goes_away_keeps_nobody_waiting", async () => {
  const letGo = holdBack("/accounts/fetch-by");
  const gone = await call(MY_ACCOUNT, A.memberId, { headers: AWAY });
  assert.equal(gone.status, 499);
  const next = call(MY_ACCOUNT, A.memberId);
  letGo();
  const began = performance.now();
  assert.equal((await next).status, 200);
  assert.ok(performance.now() - began < 5_000, "and not when everybody's patience has ended");
});

test("p32_an_earn_whose_page_goes_away_is_paid_and_settled_once", async () => {
  const letGo = holdBack("/earn-points");
  const gone = await earn(call, "tap", A.memberId, { key: "gone", headers: AWAY });
  assert.equal(gone.status, 499);
  letGo();
  const began = performance.now();
  let again;
  do {
    again = await earn(call, "tap", A.memberId, { key: "gone" });
  } while (again.json.code === "IN_PROGRESS" && performance.now() - began < 20_000);
  assert.equal(again.status, 200, JSON.stringify(again.json));
  assert.equal(paid.length, 1, "the first was carried to its end, and not left to its lease");
});

test("p29_who_waited_in_vain_is_the_last_to", async () => {
  const cache = createCache(10, 20);
  assert.equal(await cache.enter().recall("k", 1), null, "is stopped, and never says so");
  assert.equal(await cache.enter().recall("k", 1), null, "goes alone when its patience has ended");
  const third = cache.enter();
  assert.equal(await third.recall("k", 1), null);
  const fourth = cache.enter().recall("k", 1);
  third.share({ key: "k", text: "t", until: 0, tags: [] }, 1);
  assert.equal(await fourth, "t", "and those behind share again");
});

test("p34_what_was_stopped_half_way_leaves_nothing_in_the_instance", () => {
  const ended = [];
  const names = new Map();
  class Engine {
    claims() {
      return "[]";
    }

    begin(id, name) {
      names.set(id, name);
      return "{}";
    }

    end(id) {
      ended.push(names.get(id));
    }
  }
  const instance = createInstance({ Engine, renew() {} }, 20);
  const engine = instance.engine("");
  const begin = (name) => {
    const way = engine.way((rust, id) => rust.begin(id, name), {
      requestId: name,
      isWatched: false,
    });
    assert.equal(way.start(1), "{}");
    return way;
  };
  const stopped = begin("stopped");
  pass(25);
  const late = begin("late");
  assert.deepEqual(ended, ["stopped"]);
  assert.throws(
    () => stopped.step({ is: "noted" }, 1),
    { name: "Gone" },
    "should it go on after all",
  );
  late.end();
  late.end();
  stopped.end();
  assert.deepEqual(ended, ["stopped", "late"], "each once");
  begin("next").end();
  assert.deepEqual(ended, ["stopped", "late", "next"], "and the engine lives");
});

/** Lets so many milliseconds go by. */
function pass(ms) {
  const began = performance.now();
  while (performance.now() - began < ms);
}

test("p13_work_that_never_ends_is_begun_anew", async () => {
  const never = () => new Promise(() => {});
  const work = together(20);
  const first = work.run("k", never);
  assert.equal(work.run("k", never), first);
  assert.equal(work.has("k"), true);
  pass(25);
  assert.equal(work.has("k"), false);
  assert.equal(await work.run("k", async () => 5), 5);
  assert.equal(work.has("k"), false, "what is over is not under way");

  const look = memo(10, 20);
  look("k", 1, never);
  pass(25);
  assert.equal(await look("k", 1, async () => ({ value: 6, until: 2 })), 6);
});
