import { paint } from "../terminal.js";
import { evidenceOf } from "./evidence.js";

/**
 * The findings, for a person, for a program, one line of JSON each.
 *
 * @typedef {import("./run.js").Finding} Finding
 */

/** What each class tries, as a heading says it. */
const CLASSES = {
  matrix: "Calls that nobody granted",
  ids: "Another member's ids",
  paths: "Paths that lead elsewhere",
  headers: "Headers that claim something",
  tokens: "Tokens that are not valid",
  origins: "Pages of other sites",
  amounts: "Amounts that a page names",
  bodies: "Bodies and pages out of bounds",
  methods: "The wrong verb",
  webhooks: "Forged events",
  once: "Paid twice",
  answers: "What answers give away",
};

/** @param {Finding} finding */
export function toJson({ attack, verdict, answers }) {
  const shown = verdict.at === undefined ? undefined : answers[verdict.at];
  return {
    attack: attack.name,
    class: attack.class,
    result: verdict.result,
    rule: attack.rule,
    about: attack.about,
    why: verdict.why,
    ...(shown && { evidence: evidenceOf(shown, verdict.shows) }),
    ...(verdict.result === "through" && { mend: attack.mend }),
  };
}

/** @param {readonly Finding[]} findings */
export function countsOf(findings) {
  const counts = { refused: 0, through: 0, skipped: 0 };
  for (const { verdict } of findings) counts[verdict.result] += 1;
  return counts;
}

/**
 * The report: a line for each class, then what got through with its evidence, then what was skipped
 * and why.
 *
 * @param {readonly Finding[]} findings
 * @param {{ url: string, requests?: number, ms?: number }} run
 * @param {NodeJS.WriteStream | { isTTY?: boolean, columns?: number }} stream
 */
export function report(findings, { url, requests = 0, ms = 0 }, stream) {
  const { bold, dim, red, green, cyan } = paint(stream);
  const width = Math.min(Math.max(stream.columns ?? 100, 40), 120);
  const counts = countsOf(findings);
  const classes = Object.entries(CLASSES).flatMap(([name, title]) => {
    const of = findings.filter(({ attack }) => attack.class === name);
    return of.length === 0 ? [] : [{ title, ...countsOf(of) }];
  });
  const longest = Math.max(...classes.map(({ title }) => title.length));
  const table = classes.map(({ title, refused, through, skipped }) => {
    const line = `  ${through > 0 ? red("✗") : refused > 0 ? green("✓") : dim("–")} ${title.padEnd(longest)}`;
    const parts = [
      `${String(refused).padStart(3)} refused`,
      through > 0 ? red(`${String(through).padStart(3)} through`) : "           ",
      skipped > 0 ? dim(`${String(skipped).padStart(3)} skipped`) : "",
    ];
    return `${line}  ${parts.join("  ").trimEnd()}`;
  });
  const holes = findings.filter(({ verdict }) => verdict.result === "through");
  const blocks = [
    `  ${bold("loyalty-edge verify")} ${cyan(url)}`,
    table.join("\n"),
    ...(holes.length > 0
      ? [`  ${bold(red("Got through"))}`, ...describeAll(holes, width, paint(stream))]
      : []),
    ...skips(findings, width, paint(stream)),
    ...next(findings, width, paint(stream)),
    `  ${sum(counts, paint(stream))}  ${dim(`${requests} requests in ${(ms / 1000).toFixed(1)} s`)}`,
  ];
  return `\n${blocks.join("\n\n")}\n\n`;
}

/**
 * One after the other, and what to mend once for all that follow each other and want the same.
 *
 * @param {readonly Finding[]} holes @param {number} width @param {ReturnType<typeof paint>} style
 */
function describeAll(holes, width, style) {
  return holes.map((hole, at) => {
    const text = describe(hole, width, style);
    const { mend } = hole.attack;
    if (holes[at + 1]?.attack.mend === mend) return text;
    return [text, ...wrap(`Mend: ${mend}`, width, "    ", "          ")].join("\n");
  });
}

/** @param {Finding} finding @param {number} width @param {ReturnType<typeof paint>} style */
function describe({ attack, verdict, answers }, width, { bold, dim, red }) {
  const shown = verdict.at === undefined ? undefined : answers[verdict.at];
  const evidence = shown && evidenceOf(shown, verdict.shows);
  const rows = [
    `  ${red("✗")} ${bold(attack.name)}  ${dim(`${attack.class}, rule ${attack.rule}`)}`,
    ...wrap(`${capital(attack.about)}: ${verdict.why}.`, width, "    "),
    ...(evidence
      ? [
          ...wrap(`> ${evidence.request}`, width, "    ", "      "),
          ...wrap(`< ${evidence.answer}`, width, "    ", "      "),
        ].map(dim)
      : []),
  ];
  return rows.join("\n");
}

/** What was skipped, one line for each reason. @param {readonly Finding[]} findings @param {number} width @param {ReturnType<typeof paint>} style */
function skips(findings, width, { bold, dim }) {
  /** @type {Map<string, string[]>} */
  const reasons = new Map();
  for (const { attack, verdict } of findings) {
    if (verdict.result !== "skipped") continue;
    reasons.set(verdict.why, [...(reasons.get(verdict.why) ?? []), attack.name]);
  }
  if (reasons.size === 0) return [];
  const lines = [...reasons].flatMap(([why, names]) => {
    const some =
      names.length > 4
        ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
        : names.join(", ");
    return [...wrap(`${capital(why)}`, width, "    "), ...wrap(some, width, "      ").map(dim)];
  });
  return [
    `  ${bold("Skipped")} ${dim("(an attack that was skipped proves nothing)")}`,
    lines.join("\n"),
  ];
}

/** What to give so that more is tried, all of it in one place. @param {readonly Finding[]} findings @param {number} width @param {ReturnType<typeof paint>} style */
function next(findings, width, { bold }) {
  const waiting = findings.filter(({ verdict }) => verdict.result === "skipped");
  const asked = waiting.flatMap(
    ({ verdict }) => /^give (--[a-z-]+ [A-Z]+)/.exec(verdict.why)?.[1] ?? [],
  );
  if (asked.length === 0) return [];
  const flags = [...new Set(asked)].join(" ");
  const [first, ...more] = wrap(
    `Next: run it again with ${flags}, and ${asked.length} more ${asked.length === 1 ? "attack is" : "attacks are"} made.`,
    width,
    "  ",
  );
  return [[bold(first), ...more].join("\n")];
}

/** @param {ReturnType<typeof countsOf>} counts @param {ReturnType<typeof paint>} style */
function sum({ refused, through, skipped }, { bold, red, green, dim }) {
  const verdict = through > 0 ? red(`${through} through`) : green("0 through");
  return `${bold(verdict)}, ${refused} refused, ${skipped > 0 ? `${skipped} skipped` : dim("none skipped")}.`;
}

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/**
 * @param {string} text @param {number} width @param {string} indent @param {string} [hanging] Of the lines after the first.
 * @returns {string[]}
 */
export function wrap(text, width, indent, hanging = indent) {
  const lines = [];
  let line = indent;
  for (let word of text.split(" ")) {
    while (line.trim() === "" && line.length + word.length > width) {
      const room = width - line.length;
      lines.push(line + word.slice(0, room));
      word = word.slice(room);
      line = hanging;
    }
    if (line.trim() !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = hanging;
      while (line.length + word.length > width) {
        const room = width - line.length;
        lines.push(line + word.slice(0, room));
        word = word.slice(room);
      }
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
