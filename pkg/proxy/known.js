/**
 * Refuses options that nobody reads. One that is misspelt, such as `algorithm`, would be the default in silence, and
 * nobody would know what is not checked.
 *
 * @param {string} maker Who asks, for the message.
 * @param {unknown} options
 * @param {string[]} names
 */
export function onlyKnown(maker, options, names) {
  if (typeof options !== "object" || options === null) return;
  const odd = Object.keys(options).find((name) => !names.includes(name));
  if (odd === undefined) return;
  throw new TypeError(`${maker}: there is no option ${odd}; there are ${names.join(", ")}`);
}
