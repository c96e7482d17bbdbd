import { parseArgs } from "node:util";
import { UsageError } from "./problems.js";

/**
 * A small typed layer over `node:util` parseArgs: a command describes its flags once, and both the
 * checked values and the help text come from that description.
 *
 * @typedef {{
 *   type: "boolean" | "port" | "integer" | "file" | "url" | "text" | "pair",
 *   about: string,
 *   value?: string,
 *   default?: boolean | number | string,
 *   min?: number,
 *   max?: number,
 *   required?: boolean,
 *   positional?: boolean,
 *   bare?: number,
 * }} Flag A positional one may stand without its name; one with `bare` may stand without its number, and is then that.
 * @typedef {Record<string, Flag>} Flags
 */

const MAX_PORT = 65535;

/**
 * Reads a command's arguments.
 *
 * @param {readonly string[]} argv What follows the command's name.
 * @param {Flags} flags
 * @returns {Record<string, any>} One value per flag; flags without value or default are absent.
 */
export function readFlags(argv, flags) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {
        type: /** @type {"boolean" | "string"} */ (flag.type === "boolean" ? "boolean" : "string"),
      },
    ]),
  );
  // Not strict: parseArgs would throw its own sentences, without a suggestion and without the
  // name of the flag that was meant.
  const args = argv.map((arg, index) => withBare(arg, argv[index + 1], flags));
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });

  /** @type {Record<string, any>} */
  const values = {};
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.default !== undefined) values[name] = flag.default;
  }
  /** A flag that takes two values, and still lacks its second. */
  let half;
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (half !== undefined) {
        values[half] = [values[half], token.value];
        half = undefined;
        continue;
      }
      const free = ([name, flag]) => flag.positional && values[name] === undefined;
      const [name, flag] = Object.entries(flags).find(free) ?? [];
      if (name === undefined || flag === undefined) {
        throw new UsageError(`Unexpected argument "${token.value}".`, "Flags begin with --.");
      }
      values[name] = readValue({ name, value: token.value, inlineValue: true }, flag);
    }
    if (token.kind === "option") {
      const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
      if (flag === undefined) throw unknownFlag(token.rawName, flags);
      values[token.name] = readValue(token, flag);
      if (flag.type === "pair") half = token.name;
    }
  }
  if (half !== undefined) {
    throw new UsageError(`--${half} needs two values: --${half} ${flags[half].value}.`);
  }
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.required && values[name] === undefined && values.help !== true) {
      const said = flag.positional ? (flag.value ?? "VALUE") : `--${name} ${flag.value ?? "VALUE"}`;
      throw new UsageError(
        `${flag.positional ? (flag.value ?? name) : `--${name}`} is missing.`,
        `Add ${said}: ${flag.about}.`,
      );
    }
  }
  return values;
}

/**
 * Writes out what a flag means that stands without its number.
 *
 * @param {string} arg
 * @param {string | undefined} next
 * @param {Flags} flags
 */
function withBare(arg, next, flags) {
  const name = arg.slice(2);
  const bare = arg.startsWith("--") && Object.hasOwn(flags, name) ? flags[name].bare : undefined;
  return bare === undefined || /^\d/.test(next ?? "") ? arg : `${arg}=${bare}`;
}

/**
 * @param {{ name: string, value?: string, inlineValue?: boolean }} token
 * @param {Flag} flag
 */
function readValue(token, flag) {
  const { name, value } = token;
  if (flag.type === "boolean") {
    if (value !== undefined) throw new UsageError(`--${name} takes no value.`);
    return true;
  }
  // `--port --json` would otherwise swallow the second flag.
  if (value === undefined || value === "" || (!token.inlineValue && value.startsWith("-"))) {
    throw new UsageError(`--${name} needs a value: --${name} ${flag.value ?? "VALUE"}.`);
  }
  if (flag.type === "file" || flag.type === "text" || flag.type === "pair") return value;
  if (flag.type === "url") {
    if (/^https?:\/\/\S+$/.test(value) && URL.canParse(value)) return value;
    throw new UsageError(`--${name} takes an http or https URL, not "${value}".`);
  }
  const min = flag.min ?? 0;
  const max = flag.type === "port" ? MAX_PORT : (flag.max ?? Number.MAX_SAFE_INTEGER);
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number) || number < min || number > max) {
    throw new UsageError(
      `--${name} takes a whole number from ${min} to ${max}, not "${value}".`,
      flag.type === "port" ? "0 picks a free port." : undefined,
    );
  }
  return number;
}

/**
 * @param {string} rawName As it was written, dashes included.
 * @param {Flags} flags
 */
function unknownFlag(rawName, flags) {
  const meant = nearest(rawName.replace(/^-+/, ""), Object.keys(flags));
  return new UsageError(
    `Unknown flag "${rawName}".`,
    meant === undefined ? "See --help for the flags there are." : `Did you mean --${meant}?`,
  );
}

/**
 * The candidate that a mistyped word most likely meant, if one is near.
 *
 * @param {string} word
 * @param {readonly string[]} candidates
 * @returns {string | undefined}
 */
export function nearest(word, candidates) {
  let best;
  let least = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    const distance = candidate.startsWith(word) && word !== "" ? 1 : editDistance(word, candidate);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/**
 * Levenshtein's distance, one row at a time.
 *
 * @param {string} a
 * @param {string} b
 */
function editDistance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + change));
    }
    row = next;
  }
  return row[b.length];
}

/**
 * The lines of help for a command's flags, aligned.
 *
 * @param {Flags} flags
 * @returns {string}
 */
export function describeFlags(flags) {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const value = flag.value ?? "VALUE";
    const left = flag.positional
      ? value
      : flag.type === "boolean"
        ? `--${name}`
        : `--${name} ${value}`;
    const shown = flag.default !== undefined && flag.type !== "boolean";
    return [left, shown ? `${flag.about} (default ${flag.default})` : flag.about];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, about]) => `  ${left.padEnd(width)}  ${about}`).join("\n");
}
