// Runs the cases of cases.json against a proxy at a URL, over sockets, and says what was seen of each.
import { readFileSync } from "node:fs";
import { ORIGIN } from "../../proxy/support.js";
import { raw } from "../../security/stack.js";

export const CASES = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));

/** Headers that a server adds by itself, or that are new with each answer. */
const ITS_OWN =
  /^(date|connection|keep-alive|content-length|transfer-encoding|x-(wix-)?request-id)$/;

const withoutId = (text) => text.replace(/"requestId":"[^"]*"/, '"requestId":""');

/**
 * @param {{ url: string, upstream: any, tokens: Record<string, string> }} stage
 * @param {any[]} cases
 * @returns {Promise<Map<string, object>>} By name of the case.
 */
export async function runCases({ url, upstream, tokens }, cases = CASES) {
  const results = new Map();
  for (const each of cases) {
    upstream.be(each.upstream);
    upstream.arrived();
    const sent = send(url, each, tokens);
    if (each.beside !== undefined) {
      // One that is answered without it is wrong, and is not waited for.
      await Promise.race([upstream.holds(), sent]);
      await send(url, { ...each, send: each.beside }, tokens);
      upstream.letGo();
    }
    const answers = await sent;
    const last = answers.at(-1);
    const headers = Object.entries(last.headers).filter(([name]) => !ITS_OWN.test(name));
    results.set(each.name, {
      statuses: answers.map(({ status }) => status),
      status: last.status,
      text: withoutId(last.text),
      code: last.json?.code,
      fields: (last.json?.violations ?? []).map(({ field }) => field),
      headers: Object.fromEntries(headers.sort(([a], [b]) => a.localeCompare(b))),
      hasId: /^[0-9a-f-]{36}$/.test(last.headers["x-request-id"] ?? ""),
      upstream: upstream.arrived(),
    });
  }
  upstream.be(undefined);
  return results;
}

async function send(url, each, tokens) {
  const [method, path] = each.send.split(" ");
  const token = each.as === undefined ? undefined : tokens[each.as];
  if (each.as !== undefined && token === undefined) throw new Error(`no token ${each.as}`);
  const event = each.event === undefined ? undefined : tokens[each.event];
  if (each.event !== undefined && event === undefined) throw new Error(`no ${each.event}`);
  const body = event ?? each.raw ?? (each.body && JSON.stringify(each.body));
  const filler = Array.from({ length: each.many ?? 0 }, (_, at) => [`x-filler-${at}`, "1"]);
  const headers = {
    origin: ORIGIN,
    "x-loyalty-client": "suite/1.0",
    authorization: token === undefined || each.bare ? token : `Bearer ${token}`,
    "content-type": method === "POST" ? "application/json" : undefined,
    ...each.headers,
    ...Object.fromEntries(filler),
  };
  for (const name of Object.keys(headers)) headers[name] ??= undefined;
  const one = (more) =>
    persistently(() => raw(url, method, `/loyalty${path}`, { ...headers, ...more }, body));
  if (each.atOnce !== undefined) {
    const key = (at) => ({ "idempotency-key": `at-once-${at}` });
    return Promise.all(Array.from({ length: each.atOnce }, (_, at) => one(key(at))));
  }
  const answers = [];
  for (let at = 0; at < (each.times ?? 1); at += 1) answers.push(await one({}));
  return answers;
}

/** workerd closes a connection whose request it refused before its end; then the reset can come before the answer. */
async function persistently(send, attempts = 20) {
  try {
    return await send();
  } catch (error) {
    if (error.code !== "ECONNRESET" || attempts === 1) throw error;
    return persistently(send, attempts - 1);
  }
}

/** What is wrong with a result; nothing when all is as the case expects it. */
export function wrongs(each, result, results) {
  const { status, code, field, headers = {}, without = [], text, same, ...sent } = each.expect;
  const found = [];
  const must = (holds, what) => holds || found.push(what);
  must(
    isStatus(status, result),
    `status ${result.status}, not ${JSON.stringify(status)}: ${result.text}`,
  );
  if (code !== undefined) must(result.code === code, `code ${result.code}, not ${code}`);
  if (field !== undefined) must(result.fields.includes(field), `fields ${result.fields}`);
  for (const [name, pattern] of Object.entries(headers)) {
    must(new RegExp(pattern).test(result.headers[name] ?? ""), `${name}: ${result.headers[name]}`);
  }
  for (const name of without) must(result.headers[name] === undefined, `there is ${name}`);
  for (const part of text === undefined ? [] : [text].flat()) {
    must(result.text.includes(part), `no ${part} in ${result.text}`);
  }
  if (same !== undefined) {
    const other = results.get(same);
    must(
      other.status === result.status && other.text === result.text,
      `${other.status} ${other.text} is not ${result.status} ${result.text}`,
    );
  }
  must(result.hasId || typeof status === "object", "no request id");
  must(!/test-credential|<html|secret\.js|__proto__/i.test(result.text), `leaks: ${result.text}`);
  return [...found, ...wrongsAbove(sent, result.upstream)];
}

function wrongsAbove({ calls, sent = {}, unsent = [] }, upstream) {
  const found = [];
  if (calls !== undefined && upstream.length !== calls)
    found.push(`${upstream.length} calls upstream`);
  for (const [name, pattern] of Object.entries(sent)) {
    const last = upstream.at(-1)?.headers[name];
    if (!new RegExp(pattern).test(last ?? "")) found.push(`upstream got ${name}: ${last}`);
  }
  for (const { headers } of upstream) {
    for (const name of unsent) if (headers[name] !== undefined) found.push(`upstream got ${name}`);
  }
  return found;
}

function isStatus(wanted, { status, statuses }) {
  if (wanted === "4xx") return status >= 400 && status < 500;
  if (typeof wanted === "number") return status === wanted;
  const counts = {};
  for (const each of statuses) counts[each] = (counts[each] ?? 0) + 1;
  return JSON.stringify(counts) === JSON.stringify(wanted);
}
