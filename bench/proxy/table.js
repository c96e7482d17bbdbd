// The results as people read them, each beside what it is measured against.
import { CONTENDERS, KINDS } from "./measure.js";

const NAMES = { pass: "pass-through", hono: "Hono + jose", ours: "ours" };
const WIDTHS = [9, 6, 13];

const line = (cells) =>
  cells
    .map((cell, at) =>
      at < WIDTHS.length ? String(cell).padEnd(WIDTHS[at]) : String(cell).padStart(11),
    )
    .join(" ")
    .trimEnd();

const HEAD = ["requests/s", "x Hono", "CPU µs", "x Hono", "p50 + µs", "p99 + µs", "MB at 100k"];

/** @returns {string} */
export function table({ machine, runtimes, cold, decision }) {
  const { processor, processors, pinned, load, node } = machine;
  const where = `${processors} x ${processor}, Node ${node}, load ${load[0]}, servers ${pinned ? "on a processor of their own" : "not pinned"}`;
  const lines = [where, "", line(["runtime", "job", "server", ...HEAD])];
  for (const [runtime, all] of Object.entries(runtimes)) {
    for (const kind of KINDS) {
      for (const who of CONTENDERS) {
        const { rate, cpu } = all[who][kind];
        const { p50, p99 } = all[who].added[kind];
        const plus = who === "pass" ? ["", ""] : [p50.toFixed(0), p99.toFixed(0)];
        lines.push(
          line([
            ...[
              runtime,
              kind,
              NAMES[who],
              rate.toFixed(0),
              (rate / all.hono[kind].rate).toFixed(2),
            ],
            ...[cpu.toFixed(0), (cpu / all.hono[kind].cpu).toFixed(2), ...plus],
            kind === "read" ? all[who].memory.toFixed(0) : "",
          ]),
        );
      }
    }
  }
  lines.push("", line(["", "", "", ...CONTENDERS.map((who) => NAMES[who])]));
  const row = (name, cells) => line([name.padEnd(30), "", "", ...cells].toSpliced(1, 2));
  lines.push(
    row(
      "workerd, first answer, ms",
      CONTENDERS.map((who) => cold.ms[who].toFixed(1)),
    ),
  );
  lines.push(
    row(
      "deployed, gzip, bytes",
      CONTENDERS.map((who) => cold.gzip[who]),
    ),
  );
  const extra = cold.ms.ours - cold.ms.pass;
  const { verdict, read, write } = decision;
  const met = (is) => (is ? "met" : "missed");
  const slower = Object.entries(runtimes).filter(([, all]) =>
    KINDS.some((kind) => all.ours[kind].rate < all.hono[kind].rate),
  );
  lines.push(
    "",
    `No slower than Hono on any runtime: ${met(slower.length === 0)}${slower.length > 0 ? ` on ${slower.map(([name]) => name).join(", ")}` : ""}.`,
    `workerd's first answer: ${extra.toFixed(1)} ms over the pass-through (aim 10): ${met(extra <= 10)}.`,
    `The Rust decision: ${verdict.us.toFixed(1)} µs to the verdict (aim 10): ${met(verdict.us < 10)}; ${read.us.toFixed(1)} for all of a read, ${write.us.toFixed(1)} of an earn.`,
    "",
  );
  return lines.join("\n");
}
