// Calls of the shell's own: tokens, keys, members. Each is bounded in time and size, follows no redirect, and takes
// JSON only; what goes wrong is told by name, since errors of fetch may quote what they were given.

const MAX_BYTES = 256 * 1024;

/** A call of the shell's own that came to nothing. */
export class CallFailed extends Error {
  name = "CallFailed";
}

/**
 * @param {(request: Request) => Promise<Response>} fetch
 * @param {string} url
 * @param {{ json?: string, form?: URLSearchParams, headers?: Record<string, string>, timeoutMs?: number }} [options]
 *   With `json` or `form` it is a POST.
 * @returns {Promise<{ status: number, json: any, text: string }>} `json` is `undefined` where the body is none.
 */
export async function call(fetch, url, { json, form, headers = {}, timeoutMs = 5_000 } = {}) {
  const abort = new AbortController();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new CallFailed("no answer in time")), timeoutMs);
  });
  const answered = async () => {
    const all = new Headers({ accept: "application/json", ...headers });
    if (json !== undefined) all.set("content-type", "application/json");
    const body = json ?? form;
    const method = body === undefined ? "GET" : "POST";
    const { signal } = abort;
    const request = new Request(url, { method, headers: all, body, redirect: "manual", signal });
    const response = await fetch(request);
    return { status: response.status, text: await readText(response) };
  };
  try {
    const { status, text } = await Promise.race([answered(), late]);
    return { status, text, json: parsed(text) };
  } catch (error) {
    if (error instanceof CallFailed) throw error;
    throw new CallFailed("no answer");
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

async function readText({ body }) {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, size] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX_BYTES) {
      reader.cancel().catch(() => {});
      throw new CallFailed("the answer is too large");
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Where tokens come from: reads may go to the edge's host, tokens never do.
 *
 * @param {string} upstream
 */
export const tokenHost = (upstream) =>
  upstream === "https://edge.wixapis.com" ? "https://www.wixapis.com" : upstream;
