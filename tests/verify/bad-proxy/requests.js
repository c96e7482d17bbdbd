import { gunzipSync } from "node:zlib";

/** Reading and checking what came: sizes, forms, fields. */

export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const MAX_BODY = 16 * 1024;
const MAX_DEPTH = 32;

/** @param {import("node:http").IncomingMessage} request @param {(hole: string) => boolean} open */
export async function readBody(request, open) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MAX_BODY && !open("large-bodies"))
      throw new Problem(413, "PAYLOAD_TOO_LARGE", "too large");
    parts.push(part);
  }
  let bytes = Buffer.concat(parts);
  if (request.headers["content-encoding"] === "gzip") {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: 64 * 1024 * 1024 });
    } catch {
      throw new Problem(400, "INVALID_ARGUMENT", "not gzip");
    }
  }
  const text = decode(bytes, open);
  if (/^application\/x-www-form-urlencoded/.test(request.headers["content-type"] ?? "")) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  if (!open("deep-bodies") && depth(text) > MAX_DEPTH)
    throw new Problem(400, "INVALID_ARGUMENT", "too deep");
  const value = parse(text, open);
  if (value === null && open("null-crashes")) return value.subject;
  if (value === null && open("stack-traces")) return value.subject;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Problem(400, "INVALID_ARGUMENT", "no object");
  return value;
}

function decode(bytes, open) {
  try {
    return new TextDecoder("utf-8", { fatal: !open("loose-utf8") }).decode(bytes);
  } catch {
    throw new Problem(400, "INVALID_ARGUMENT", "not UTF-8");
  }
}

function parse(text, open) {
  try {
    return JSON.parse(open("loose-json") ? text.replace(/\}\{.*$/s, "}") : text);
  } catch {
    throw new Problem(400, "INVALID_ARGUMENT", "not JSON");
  }
}

function depth(text) {
  let now = 0;
  let most = 0;
  for (const letter of text) {
    if (letter === "{" || letter === "[") most = Math.max(most, (now += 1));
    else if (letter === "}" || letter === "]") now -= 1;
  }
  return most;
}

/** Refuses what is not on the list, by name. */
export function onlyFields(value, names, open) {
  const odd = Object.keys(value ?? {}).find((name) => !names.includes(name));
  if (odd !== undefined && !open("takes-unknown-fields"))
    throw new Problem(400, "INVALID_ARGUMENT", `${odd} is not a field of this request`);
}

const OPERATORS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$exists", "$startsWith"];
const FIELDS = ["id", "createdDate", "amount", "description", "transactionType"];

/** A member's filter, narrowed to the own account. */
export function narrow(filter, own, open) {
  if (filter === undefined || filter === null) return { accountId: own };
  if (open("filter-overwrites")) return { accountId: own, ...filter };
  if (open("filter-unread") && Object.keys(filter).length > 0 && !("accountId" in filter))
    return filter;
  if (open("filter-or")) return { $or: [{ accountId: own }, filter] };
  if (typeof filter !== "object" || Array.isArray(filter))
    throw new Problem(400, "INVALID_ARGUMENT", "no filter");
  const conditions = [{ accountId: own }];
  for (const [field, test] of Object.entries(filter)) {
    if (field === "accountId" && test === own) continue;
    if (!FIELDS.includes(field))
      throw new Problem(403, "PERMISSION_DENIED", "not to be filtered by");
    const operators = typeof test === "object" && test !== null ? Object.keys(test) : [];
    if (operators.some((operator) => !OPERATORS.includes(operator)))
      throw new Problem(400, "INVALID_ARGUMENT", "no operator");
    conditions.push({ [field]: test });
  }
  return conditions.length > 1 ? { $and: conditions } : conditions[0];
}

/** The page that was asked for, if it is one. */
export function page(paging) {
  const { limit } = paging ?? {};
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= 100))
    throw new Problem(400, "INVALID_ARGUMENT", "limit: 1 to 100");
  return paging;
}
