// The log: one JSON object a line, of facts that name nobody.

/** What JSON leaves as it is, and some readers of lines take for an end of one or for a command. */
const UNSAFE = /[\x7f-\x9f\u2028\u2029]/g;

/**
 * One line, whatever the values hold.
 *
 * @param {object} value
 */
export function jsonLine(value) {
  const escape = (/** @type {string} */ letter) =>
    `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(UNSAFE, escape);
}

/**
 * @param {((line: string) => void) | false} write
 * @returns {((level: "info" | "warn" | "error", event: string, facts: object) => void) & { isSilent?: boolean }} Never
 *   throws: a log that does takes nothing down with it. `isSilent`: nobody listens.
 */
export function createLog(write) {
  if (write === false) return Object.assign(() => {}, { isSilent: true });
  return (level, event, facts) => {
    try {
      write(jsonLine({ at: new Date().toISOString(), level, event, ...facts }));
    } catch {
      // There is nowhere left to say so.
    }
  };
}
