// What JSON can't hold, set in place after it was parsed: dates, pictures as strings, numbers that are none.

const DATE = 0;
const PICTURE = 1;

/** A picture as the official client gives it: `wix:image://v1/id/name#originWidth=…&originHeight=…`. */
function picture({ _id, url, width, height, filename, altText }) {
  if (!_id) return url;
  const name = filename || altText;
  const path = name ? `${_id}/${encodeURIComponent(name)}` : _id;
  return `wix:image://v1/${path}#originWidth=${width}&originHeight=${height}`;
}

function convert(kind, value) {
  if (kind === DATE) return new Date(value);
  return kind === PICTURE ? picture(value) : Number(value);
}

/** Sets what stands under a key in place, or what is inside of it. */
function set(value, key, inner) {
  const found = value[key];
  if (found === undefined) return;
  if (found !== null) {
    if (typeof inner === "object") revive(found, inner);
    else value[key] = convert(inner, found);
  }
  // The official client gives no null for a date.
  else if (inner === DATE) delete value[key];
}

/**
 * @param {any} value
 * @param {object} shape Where the values stand: an object of keys, each with a kind or a shape of its own. Lists are
 *   passed through; `*` stands for every key.
 */
export function revive(value, shape) {
  if (Array.isArray(value)) {
    for (const item of value) revive(item, shape);
  } else if ("*" in shape) {
    for (const key in value) set(value, key, shape["*"]);
  } else {
    for (const name in shape) set(value, name, shape[name]);
  }
}
