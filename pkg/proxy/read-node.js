import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { NotText, TOO_LARGE } from "./read.js";

// Bodies on Node: the same as in read.js, by what Node has for it.

/**
 * What a `TextDecoder` makes of them, or `NotText`.
 *
 * @param {Buffer[]} chunks
 */
export function textOf(chunks) {
  const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (!isUtf8(bytes)) throw new NotText();
  return bytes.toString("utf8", startsWithMark(bytes) ? 3 : 0);
}

const startsWithMark = ([a, b, c]) => a === 0xef && b === 0xbb && c === 0xbf;

/**
 * The body of a request. One that is left half read stays open: with it would go the answer that says why.
 *
 * @param {import("node:http").IncomingMessage} message
 * @param {number} limit In bytes.
 * @param {string | null} length As the request's header has it.
 * @returns {Promise<{ text: string, tooLarge: boolean }>}
 */
export async function readMessage(message, limit, length) {
  // What came with the head is there in a moment.
  await undefined;
  const { readableLength: size, readableDidRead } = message;
  const isWhole = size > 0 && size <= limit && String(size) === length && readableDidRead === false;
  if (!isWhole) return readStream(message, limit);
  return { text: textOf([message.read()]), tooLarge: false };
}

/**
 * @param {import("node:stream").Readable} stream
 * @param {number} limit
 * @returns {Promise<{ text: string, tooLarge: boolean }>}
 */
function readStream(stream, limit) {
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const chunks = [];
    let size = 0;
    const done = () => {
      leave();
      try {
        resolve({ text: textOf(chunks), tooLarge: false });
      } catch (error) {
        reject(error);
      }
    };
    const broken = () => {
      leave();
      reject(new Error("the body was cut short"));
    };
    const take = (chunk) => {
      size += chunk.byteLength;
      if (size <= limit) return void chunks.push(chunk);
      leave();
      stream.resume();
      resolve(TOO_LARGE);
    };
    const leave = () => stream.off("data", take).off("end", done).off("close", broken);
    stream.on("data", take).on("end", done).on("error", broken).on("close", broken);
  });
}
