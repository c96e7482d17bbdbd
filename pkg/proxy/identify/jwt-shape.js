// What a token must look like before any key is touched. The library behind accepts more than a token should be:
// spaces, padding, non-canonical base64url; and what two parsers can read differently is refused by both (RFC 8725).

export const MAX_TOKEN = 8192;
/** Header members by which a token would choose its own key, or change how it is read. */
const FORBIDDEN = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "cty", "enc", "p2c", "epk"];
const TYPES = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];

/**
 * Reads the parts of a compact JWS, unverified, or says what is wrong with its form.
 *
 * @param {string} token
 * @param {number} [maxBytes]
 * @returns {{ fault: string } | { fault?: undefined, header: any, payload: any }}
 */
export function shapeOf(token, maxBytes = MAX_TOKEN) {
  if (token.length > maxBytes) return { fault: "too long" };
  const parts = token.split(".");
  if (parts.length !== 3) return { fault: "not a compact JWS" };
  if (!parts.every(isCanonical)) return { fault: "not canonical base64url" };
  const header = readObject(parts[0]);
  if (header === undefined) return { fault: "header is not one JSON object" };
  const payload = readObject(parts[1]);
  if (payload === undefined) return { fault: "payload is not one JSON object" };
  return { header, payload };
}

/**
 * Says what an issuer's tokens may not have in their header, or `undefined`.
 *
 * @param {any} header
 * @param {readonly string[]} algorithms
 * @param {string} [wantedType] The one `typ` that is taken.
 */
export function headerFault(header, algorithms, wantedType) {
  if (!algorithms.includes(header.alg)) return "algorithm is not on the list";
  const forbidden = FORBIDDEN.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) return `header has ${forbidden}`;
  const { typ, kid } = header;
  if (!isType(typ, wantedType)) return "wrong typ";
  if (kid !== undefined && !(typeof kid === "string" && /^[\x21-\x7e]{1,256}$/.test(kid))) {
    return "kid is not plain text";
  }
  return undefined;
}

function isType(typ, wanted) {
  if (typ === undefined) return wanted === undefined;
  if (typeof typ !== "string") return false;
  const short = (type) => type.toLowerCase().replace(/^application\//, "");
  return wanted === undefined ? TYPES.includes(typ.toLowerCase()) : short(typ) === short(wanted);
}

/** Whether the text is base64url as an encoder writes it: no padding, no spaces, no stray bits at the end. */
export function isCanonical(text) {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return false;
  const last = ALPHABET.indexOf(text[text.length - 1]);
  if (text.length % 4 === 2) return (last & 0b1111) === 0;
  if (text.length % 4 === 3) return (last & 0b11) === 0;
  return true;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** @returns {any} An object without a prototype, or `undefined`. */
function readObject(part) {
  try {
    const base64 = part.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return repeatsAMember(text) ? undefined : value;
  } catch {
    return undefined;
  }
}

/**
 * Whether any object of a valid JSON text has the same member twice. JSON.parse takes the last; another reader may
 * take the first, and so see another subject or algorithm than was checked.
 *
 * @param {string} text
 */
export function repeatsAMember(text) {
  /** @type {(Set<string> | null)[]} A set for each object that is open, null for each array. */
  const open = [];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;
  let isName = false;
  for (const [token] of text.matchAll(tokens)) {
    const names = open.at(-1);
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token[0] === '"' && isName && names) {
      const name = JSON.parse(token);
      if (names.has(name)) return true;
      names.add(name);
    }
    isName = token === "{" || (token === "," && open.at(-1) instanceof Set);
  }
  return false;
}
