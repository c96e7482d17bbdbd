// Windows that lie in several parts of a store. Each part is asked at once; where one is full, the others take back.

/**
 * `hit` for a store that is spread.
 *
 * @param {(shard: string, operation: "hit" | "unhit", op: object) => Promise<any>} ask
 * @returns {import("../index.js").Store["hit"]}
 */
export function hitShards(ask) {
  return async ({ windows, now }) => {
    const shards = [...new Set(windows.map(({ shard }) => shard))];
    const asked = shards.map((shard) => {
      const own = windows.filter((window) => window.shard === shard);
      return { shard, own, reply: ask(shard, "hit", { windows: own, now }) };
    });
    const replies = await Promise.allSettled(asked.map(({ reply }) => reply));
    const counted = asked.filter((_, at) => replies[at].value?.kind === "ok");
    const failed = replies.find(({ status }) => status === "rejected");
    if (counted.length < asked.length) {
      // One that can't be taken back has counted a call too many: stricter, not laxer, until its window ends.
      await Promise.allSettled(
        counted.map(({ shard, own }) => ask(shard, "unhit", { windows: own, now })),
      );
      if (failed !== undefined) throw failed.reason;
      const full = new Map(replies.map(({ value }) => [value.counter, value]));
      return full.get(windows.find(({ counter }) => full.has(counter)).counter);
    }
    const left = new Map();
    asked.forEach(({ own }, at) => {
      own.forEach(({ counter }, place) => left.set(counter, replies[at].value.left[place]));
    });
    return { kind: "ok", left: windows.map(({ counter }) => left.get(counter)) };
  };
}
