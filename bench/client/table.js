// The results as people read them: overheads as parts of the official client's, beside their aims.

const AIMS = {
  "page of 100": {
    Node: 0.2,
    Deno: 0.25,
    Bun: 0.3,
    workerd: 0.3,
    Chromium: 0.3,
    Firefox: 0.3,
    WebKit: 0.3,
  },
  getAccount: { Deno: 0.4, default: 0.35 },
  earnPoints: { Deno: 0.4, default: 0.35 },
};

/** A call's overhead over the stub, as a part of the official client's. */
const part = ({ stub, official, ...all }, who) => (all[who] - stub) / (official - stub);

const line = (cells) =>
  cells.map((cell, at) => (at < 2 ? String(cell).padEnd(13) : String(cell).padStart(10))).join(" ");

/** @returns {string} */
export function table({ machine, engines, bytes, startup }) {
  const lines = [machine, ""];
  lines.push(
    line([
      "engine",
      "call",
      "stub µs",
      "by hand",
      "ours",
      "official",
      "by hand",
      "ours",
      "aim",
      "",
    ]),
  );
  for (const [engine, cases] of Object.entries(engines)) {
    for (const [name, times] of Object.entries(cases)) {
      const aim = AIMS[name]?.[engine] ?? AIMS[name]?.default;
      const ours = part(times, "ours");
      lines.push(
        line([
          engine,
          name,
          ...["stub", "byHand", "ours", "official"].map((who) => times[who].toFixed(1)),
          part(times, "byHand").toFixed(3),
          ours.toFixed(3),
          aim ?? "",
          aim === undefined ? "" : ours <= aim ? "met" : "missed",
        ]),
      );
    }
  }
  lines.push("", "Overhead over the stub per account, µs (linear from 1 to 1,000):");
  for (const [engine, cases] of Object.entries(engines)) {
    const each = [1, 10, 100, 1000].map((length) => {
      const times = cases[`page of ${length}`];
      return times ? ((times.ours - times.stub) / length).toFixed(2) : "-";
    });
    lines.push(line([engine, "", ...each]));
  }
  const kilo = (who) => `${(bytes[who] / 1024).toFixed(0)} KB`;
  lines.push(
    "",
    `Memory that a page of 100 allocates (Node): stub ${kilo("stub")}, by hand ${kilo("byHand")}, ours ${kilo("ours")}, official ${kilo("official")}; ours/official ${(bytes.ours / bytes.official).toFixed(2)}, aim 0.40.`,
    `Import ${startup.import.toFixed(1)} ms (aim 10), wasm ready ${startup.ready.toFixed(1)} ms after that (aim 15).`,
    "",
  );
  return lines.join("\n");
}
