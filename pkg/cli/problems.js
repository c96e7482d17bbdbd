/**
 * The two ways a command fails on purpose. Anything else that is thrown is a bug or a broken
 * installation, and `main.js` says so.
 */

/** The command line itself is wrong: exit code 2, as shells expect. */
export class UsageError extends Error {
  /**
   * @param {string} message What is wrong, as a sentence.
   * @param {string} [hint] What to do next.
   */
  constructor(message, hint) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

/** The command was understood but can't be carried out: exit code 1. */
export class CommandError extends Error {
  /**
   * @param {string} message What happened, as a sentence.
   * @param {string} [hint] What to do next.
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, hint, options) {
    super(message, options);
    this.name = "CommandError";
    this.hint = hint;
  }
}
