// The WebAssembly instance behind all proxies of a process. A trap leaves its memory in an unknown state, so after one
// the instance is replaced by a fresh one of the same module: the request that trapped and those on their way in it
// get a 500, and the next one works. Points are safe all the same: whoever repeats a call does so with the same key.

/**
 * Longer than any way through takes. What is still here then was a request's that its host stopped half way, as Workers
 * do when a page goes away, and nobody will end it.
 */
const FORGOTTEN_MS = 300_000;
const FOR_EVER = -Infinity;

/**
 * @param {{ Engine: any, renew: () => void }} wasm
 * @param {number} [forgottenMs]
 */
export function createInstance({ Engine, renew }, forgottenMs = FORGOTTEN_MS) {
  let generation = 0;
  let broken = false;
  /** What lives in the instance's memory, and since when it is on its way; engines are for ever. The oldest first. */
  const alive = new Map();

  /** Runs something in the instance. Rust's own errors are texts; whatever else is thrown is a trap. */
  function guarded(run) {
    // Not where it trapped: there may be no stack left to do it on.
    if (broken) replace();
    try {
      return run();
    } catch (error) {
      if (typeof error !== "string") broken = true;
      throw error;
    }
  }

  function replace() {
    // Their addresses mean nothing in the new memory; a finalizer that freed one there would break it.
    for (const object of alive.keys()) object.__destroy_into_raw();
    alive.clear();
    renew();
    generation += 1;
    broken = false;
  }

  function end(object) {
    if (broken || !alive.delete(object)) return; // of an instance that is gone
    guarded(() => object.free());
  }

  function letGo(now) {
    for (const [object, since] of alive) {
      if (now - since < forgottenMs) return;
      if (since !== FOR_EVER) end(object);
    }
  }

  return {
    /**
     * An engine that outlives the instance: it is made anew in the next one.
     *
     * @param {string} settings
     */
    engine(settings) {
      let of = -1;
      let engine;
      const current = () => {
        if (of !== generation) {
          engine = new Engine(settings);
          alive.set(engine, FOR_EVER);
          of = generation;
        }
        return engine;
      };
      guarded(current);
      /** One way through the instance, from a request or an order of the developer's. */
      const begin = (how, text) => {
        const now = performance.now();
        letGo(now);
        const call = guarded(() => current()[how](text));
        alive.set(call, now);
        const born = generation;
        const step = (run) =>
          guarded(() => {
            if (born !== generation || !alive.has(call)) return undefined;
            return run();
          }) ?? gone();
        return {
          start: (now) => step(() => call.start(now)),
          step: (event, now) => step(() => call.step(event, now)),
          replied: (status, headers, text, now) =>
            step(() => call.replied(status, headers, text, now)),
          attached: () => step(() => call.attached()),
          end: () => end(call),
        };
      };
      return {
        begin,
        /** Something that the engine knows, or can do at once. */
        ask: (what, ...given) => guarded(() => current()[what](...given)),
      };
    },
  };
}

function gone() {
  throw new Gone();
}

/** The instance trapped under another request while this one waited. */
class Gone extends Error {
  name = "Gone";
}
