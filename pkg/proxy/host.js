import { Answered, Head } from "./answered.js";

// What the decisions ask in the middle of a request and get at once (crates/proxy/src/wasm_host.rs): what stands in this
// process's memory. What takes time they ask for by an effect, and so does a request that is watched, whose trace is to
// show each effect. Nothing in here may throw: it would tear down the WebAssembly that asks.

/** It has to be carried out. */
const NOT_NOW = -2;
/** @type {string[]} */
const NONE = [];

/**
 * @param {{ memory: any, here: any, cache: any, now: () => number }} parts `memory` and `here`: operations of memory
 *   stores; `memory` is `undefined` where the store is no such.
 */
export function createHost({ memory, here, cache, now }) {
  return {
    /**
     * Whose turn it is. `came` is the text that it got from upstream last.
     *
     * @type {{ requestId: string, held: any, isWatched: boolean, came?: string } | undefined}
     */
    current: undefined,

    /** @param {string} json */
    window: (json) => JSON.parse(json),

    /** @param {string} json */
    head: (json) => new Head(JSON.parse(json)),

    /** @param {string} json A call, as an effect. */
    call: (json) => ({ do: "upstream", call: JSON.parse(json) }),

    hit(window, now, isHere) {
      const operations = isHere ? here : memory;
      if (operations === undefined || this.current.isWatched) return NOT_NOW;
      return operations.count(window, now);
    },

    store(json, isHere) {
      const operations = isHere ? here : memory;
      if (operations === undefined || this.current.isWatched) return undefined;
      const given = JSON.parse(json);
      return JSON.stringify(operations[given.op](given));
    },

    recall(key) {
      return this.current.isWatched ? undefined : this.current.held.recallNow(key, now());
    },

    endsAlone(key) {
      return !this.current.isWatched && this.current.held.endsAlone(key);
    },

    share(key, text, until, tags) {
      if (this.current.isWatched) return false;
      this.current.held.share({ key, text: text ?? null, until, tags: tagsOf(tags) }, now());
      return true;
    },

    forget(tags) {
      if (this.current.isWatched) return false;
      cache.forget(tagsOf(tags));
      return true;
    },

    answer(status, head, rest, body, log) {
      const others = rest === "" ? NONE : rest.slice(0, -1).split("\n");
      const notes = log === "" ? NONE : JSON.parse(log);
      const { requestId, came } = this.current;
      return new Answered(status, head, requestId, others, body ?? came, notes);
    },
  };
}

const tagsOf = (lines) => (lines === "" ? [] : lines.split("\n"));
