// A wire with faults: a TCP server on loopback that passes bytes on to a unix socket, until it is told otherwise.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * What it can do to what goes over it:
 *
 * - `fine`: nothing.
 * - `slow`: each piece comes `delay` milliseconds later, in both directions.
 * - `silent`: connections stand, and nothing gets through any more.
 * - `deaf`: what is asked arrives, and its answers never come back.
 * - `cut`: every connection breaks, and every new one at once.
 */
const FAULTS = ["fine", "slow", "silent", "deaf", "cut"];

/** @param {string} target The unix socket behind it. */
export async function startWire(target) {
  const pairs = new Set();
  const timers = new Set();
  let fault = "fine";
  let delay = 0;

  const server = createServer((near) => {
    if (fault === "cut") return near.destroy();
    const far = connect(target);
    const pair = { near, far };
    pairs.add(pair);
    pass(near, far, "there");
    pass(far, near, "back");
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    return undefined;
  });

  function pass(from, to, way) {
    // A chain for each direction, so that slow pieces keep their order.
    let before = Promise.resolve();
    from.on("data", (piece) => {
      if (fault === "silent" || (fault === "deaf" && way === "back")) return;
      before = before.then(() => later()).then(() => to.destroyed || to.write(piece));
    });
  }

  function later() {
    if (fault !== "slow") return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve(undefined);
      }, delay);
      timers.add(timer);
    });
  }

  function breakAll() {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    /** From now on, until it is told something else. */
    be(what, milliseconds = 0) {
      if (!FAULTS.includes(what)) throw new Error(`no fault ${what}`);
      fault = what;
      delay = milliseconds;
      if (what === "cut") breakAll();
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      breakAll();
      server.close();
      await once(server, "close");
    },
  };
}
