// The WebAssembly instance behind all proxies of a process. A trap leaves its memory in an unknown state, so after one
// the instance is replaced by a fresh one of the same module: the request that trapped and those on their way in it
// get a 500, and the next one works. Points are safe all the same: whoever repeats a call does so with the same key.

/**
 * Longer than any way through takes. What is still here then was a request's that its host stopped half way, as Workers
 * do when a page goes away, and nobody will end it.
 */
const FORGOTTEN_MS = 300_000;

/**
 * @param {{ Engine: any, renew: () => void }} wasm
 * @param {number} [forgottenMs]
 */
export function createInstance({ Engine, renew }, forgottenMs = FORGOTTEN_MS) {
  const shared = { Engine, renew, forgottenMs, generation: 0, isBroken: false, engines: new Set() };
  return {
    /**
     * An engine that outlives the instance: it is made anew in the next one. Throws a text of mistakes.
     *
     * @param {string} settings
     * @param {object} [host] What answers the decisions at once: `host.js`.
     */
    engine(settings, host = {}) {
      const engine = new Lasting(shared, settings, host);
      engine.ask("claims");
      return engine;
    },
  };
}

/** Rust's own errors are texts; whatever else is thrown is a trap. */
function noted(shared, error) {
  if (typeof error !== "string") shared.isBroken = true;
  return error;
}

function replace(shared) {
  // Their addresses mean nothing in the new memory; a finalizer that freed one there would break it.
  for (const engine of shared.engines) engine.__destroy_into_raw();
  shared.engines.clear();
  shared.renew();
  shared.generation += 1;
  shared.isBroken = false;
}

class Lasting {
  #shared;
  #settings;
  #engine;
  #of = -1;
  #count = 0;
  /** The ways that are not at their end, the oldest first. */
  #ways = new Set();
  /** @type {WeakMap<object, { of: number, number: number }>} By what the engine knows a caller that it was told of. */
  #callers = new WeakMap();

  constructor(shared, settings, host) {
    this.#shared = shared;
    this.#settings = settings;
    this.host = host;
  }

  get generation() {
    return this.#shared.generation;
  }

  /** The engine in the instance of now. A broken one is replaced here: where it trapped there may be no stack left. */
  current() {
    const shared = this.#shared;
    if (shared.isBroken) replace(shared);
    if (this.#of !== shared.generation) {
      this.#engine = new shared.Engine(this.#settings, this.host);
      shared.engines.add(this.#engine);
      this.#of = shared.generation;
    }
    return this.#engine;
  }

  /** Something that the engine knows, or can do at once. */
  ask(what, ...given) {
    try {
      return this.current()[what](...given);
    } catch (error) {
      throw noted(this.#shared, error);
    }
  }

  /**
   * One way through the instance.
   *
   * @param {(engine: any, id: number, now: number) => any} begin
   * @param {{ requestId: string, isWatched: boolean }} about Whose it is.
   */
  way(begin, about) {
    this.#letGo(performance.now());
    this.#count = (this.#count + 1) >>> 0;
    const way = new Way(this, this.#count, begin, about);
    this.#ways.add(way);
    return way;
  }

  #letGo(now) {
    for (const way of this.#ways) {
      if (now - way.since < this.#shared.forgottenMs) return;
      way.end();
    }
  }

  /** @param {(engine: any) => any} run */
  step(way, run) {
    const engine = this.current();
    if (way.of === -1) way.of = this.generation;
    if (way.of !== this.generation || !this.#ways.has(way)) throw new Gone();
    this.host.current = way.about;
    try {
      return run(engine);
    } catch (error) {
      throw noted(this.#shared, error);
    } finally {
      this.host.current = undefined;
    }
  }

  end(way) {
    if (!this.#ways.delete(way) || way.isAnswered) return;
    const { isBroken, generation } = this.#shared;
    if (!isBroken && way.of === generation) this.ask("end", way.id);
  }

  /** The number by which the engine knows a caller; 0 where it does not. */
  numberOf(caller) {
    const known = this.#callers.get(caller);
    return known !== undefined && known.of === this.generation ? known.number : 0;
  }

  know(caller, number) {
    this.#callers.set(caller, { of: this.generation, number });
  }
}

class Way {
  #engine;
  #begin;
  of = -1;
  isAnswered = false;
  since = performance.now();

  constructor(engine, id, begin, about) {
    this.#engine = engine;
    this.#begin = begin;
    this.id = id;
    this.about = about;
  }

  #step(run) {
    const next = this.#engine.step(this, run);
    this.isAnswered = next.do === "answer";
    return next;
  }

  /** The first effect: JSON text, or an object of the host's. */
  start(now) {
    return this.#step((engine) => this.#begin(engine, this.id, now));
  }

  /** The next one, now that the last came to this event. */
  step(event, now) {
    if (event.is === "replied") this.about.came = event.text;
    return this.#step((engine) => tell(engine, this.id, event, now));
  }

  /** What the log tells of it. To be asked before anything else goes on. */
  summary() {
    return JSON.parse(this.#engine.ask("summary"));
  }

  /** Lets the engine know the caller of this way, that the next ways of the same one begin with. */
  remember(caller) {
    this.#engine.know(caller, this.#engine.ask("remember", this.id));
  }

  end() {
    this.#engine.end(this);
  }
}

/** What is long and text already goes in as it is: as a part of JSON it would be written and read twice. */
function tell(engine, id, event, now) {
  switch (event.is) {
    case "replied":
      return engine.replied(id, event.status, linesOf(event.headers), event.text, now);
    case "body":
      return engine.body(id, event.text, now);
    default:
      return engine.step(id, JSON.stringify(event), now);
  }
}

/** A line for each name and each value: no header has a line break in it. */
function linesOf(headers) {
  let lines = "";
  for (const [name, value] of headers) lines += `${name}\n${value}\n`;
  return lines;
}

/** The instance trapped under another request while this one waited. */
class Gone extends Error {
  name = "Gone";
}
