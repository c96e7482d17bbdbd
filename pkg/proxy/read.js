// Bodies, read as UTF-8 and no further than a limit: an endless one costs no more than that.

/** What came is no text. */
export class NotText extends Error {
  name = "NotText";
}

const NOTHING = { text: "", tooLarge: false };
export const TOO_LARGE = { text: "", tooLarge: true };
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * @param {ReadableStream<Uint8Array> | null | undefined} body
 * @param {number} limit In bytes.
 */
export async function readText(body, limit) {
  if (body === null || body === undefined) return NOTHING;
  const reader = body.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return textOf(chunks, size);
    size += value.byteLength;
    if (size > limit) {
      reader.cancel().catch(() => {});
      return TOO_LARGE;
    }
    chunks.push(value);
  }
}

/**
 * The same of what is there already.
 *
 * @param {ArrayBuffer} buffer
 * @param {number} limit In bytes.
 */
export const readWhole = (buffer, limit) =>
  buffer.byteLength > limit ? TOO_LARGE : textOf([new Uint8Array(buffer)], buffer.byteLength);

/** @param {Uint8Array[]} chunks @param {number} size Of all together. */
function textOf(chunks, size) {
  try {
    return {
      text: decoder.decode(chunks.length === 1 ? chunks[0] : joined(chunks, size)),
      tooLarge: false,
    };
  } catch {
    throw new NotText();
  }
}

function joined(chunks, size) {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
