import { open } from "node:fs/promises";
import { jsonLine } from "./log.js";

/**
 * An audit sink of JSON lines in a file. A record is written when the disk has it, not before: what comes together is
 * synced together.
 *
 * @param {string} path
 * @returns {import("./node.js").FileAudit}
 */
export function fileAudit(path) {
  if (typeof path !== "string" || path === "") throw new TypeError("fileAudit: give a path");
  /** @type {Promise<import("node:fs/promises").FileHandle> | undefined} */
  let opened;
  /** @type {{ line: string, done: () => void, failed: (error: unknown) => void }[]} */
  let waiting = [];
  /** @type {Promise<void> | undefined} */
  let writing;
  let closed = false;

  async function file() {
    // Appended and never overwritten; for its owner only, since records name people.
    opened ??= open(path, "a", 0o600);
    try {
      return await opened;
    } catch (error) {
      opened = undefined; // a full or missing disk may be back for the next record
      throw error;
    }
  }

  async function writeAll() {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const handle = await file();
        await handle.appendFile(batch.map(({ line }) => `${line}\n`).join(""));
        await handle.datasync();
        batch.forEach(({ done }) => done());
      } catch (error) {
        batch.forEach(({ failed }) => failed(error));
      }
    }
    writing = undefined;
  }

  return {
    write(record) {
      if (closed) return Promise.reject(new Error("fileAudit: it is closed"));
      return new Promise((done, failed) => {
        waiting.push({ line: jsonLine(record), done: () => done(undefined), failed });
        writing ??= writeAll();
      });
    },

    async close() {
      closed = true;
      await writing;
      const handle = await opened;
      await handle?.close();
    },
  };
}
