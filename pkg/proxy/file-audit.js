import { open } from "node:fs/promises";
import { jsonLine } from "./log.js";

const LINE_END = 0x0a;

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
  /** Whether the last line is half a one: a full disk takes what fits, and a process can die in the middle. */
  let torn = false;

  async function file() {
    // Appended and never overwritten; for its owner only, since records name people.
    opened ??= openAtItsEnd();
    try {
      return await opened;
    } catch (error) {
      opened = undefined; // a full or missing disk may be back for the next record
      throw error;
    }
  }

  async function openAtItsEnd() {
    const handle = await open(path, "a", 0o600);
    const { size } = await handle.stat();
    torn = size > 0 && (await byteAt(path, size - 1)) !== LINE_END;
    return handle;
  }

  async function writeAll() {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const handle = await file();
        const lines = batch.map(({ line }) => `${line}\n`).join("");
        // Behind half a line a whole one would be lost with it.
        const text = torn ? `\n${lines}` : lines;
        torn = true;
        await handle.appendFile(text);
        torn = false;
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

/** A byte of a file; of one that may be written and not read, the end of a line. */
async function byteAt(path, position) {
  let handle;
  try {
    handle = await open(path, "r");
    const { buffer } = await handle.read(new Uint8Array(1), 0, 1, position);
    return buffer[0];
  } catch {
    return LINE_END;
  } finally {
    await handle?.close();
  }
}
