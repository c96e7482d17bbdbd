// Cost against size, both in powers of ten: a flat line is a cost that does not grow. By hand, so that
// the picture needs no library.

const WIDTH = 1080;
const HEIGHT = 540;
const BOX = { left: 78, right: 640, top: 78, bottom: 470 };
const LIMIT = 50_000;
const LINES = [
  ["get", "Get an account", "#1f6feb"],
  ["earn", "Earn points", "#1a7f37"],
  ["adjust", "Adjust points", "#9a6700"],
  ["page: two conditions, three sorts", "Page of 50: two conditions, three sorts", "#8250df"],
  ["page: range of balance, by earned", "Page of 50: filter against the order", "#57606a"],
  ["worst: matches at the far end", "Worst page: matches at the far end", "#cf222e"],
];

/** @param {readonly import("./table.js").Run[]} runs */
export function plot(runs) {
  const sizes = [...new Set(runs.map(({ accounts }) => accounts))];
  const [low, high] = [1, 5]; // powers of ten of microseconds
  const x = (size) =>
    scale(Math.log10(size), Math.log10(sizes[0]), Math.log10(sizes.at(-1)), BOX.left, BOX.right);
  const y = (time) => scale(Math.log10(time), low, high, BOX.bottom, BOX.top);

  const grid = [];
  for (let power = low; power <= high; power += 1) {
    const at = y(10 ** power);
    grid.push(
      line(BOX.left, at, BOX.right, at, "grid"),
      text(BOX.left - 10, at + 4, "end", scaleName(power)),
    );
  }
  for (const size of sizes) {
    grid.push(line(x(size), BOX.top, x(size), BOX.bottom, "grid"));
    grid.push(text(x(size), BOX.bottom + 22, "middle", size.toLocaleString("en")));
  }

  const curves = LINES.flatMap(([name, , colour]) =>
    ["native", "wasm"].map((platform) => {
      const points = runs
        .filter((run) => run.platform === platform)
        .map((run) => [x(run.accounts), y(run.microseconds[name].median)].map(Math.round));
      const dash = platform === "wasm" ? ' stroke-dasharray="5 4"' : "";
      const dots = points.map(
        ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`,
      );
      return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>${dots.join("")}`;
    }),
  );

  const legend = LINES.map(([, label, colour], row) => {
    const at = BOX.top + 30 + row * 26;
    return `<line x1="664" x2="688" y1="${at}" y2="${at}" stroke="${colour}" stroke-width="3"/>${text(696, at + 4, "start", label)}`;
  });
  const last = BOX.top + 30 + LINES.length * 26 + 12;
  const keys = [
    line(664, last, 688, last, "key"),
    text(696, last + 4, "start", "native"),
    `<line x1="664" x2="688" y1="${last + 26}" y2="${last + 26}" class="key" stroke-dasharray="5 4"/>`,
    text(696, last + 30, "start", "WebAssembly, Node"),
  ];

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">
<style>.grid{stroke:#d0d7de}.key{stroke:#1f2328;stroke-width:2}.limit{stroke:#cf222e;stroke-dasharray:2 3}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<text x="${BOX.left}" y="32" font-size="18" font-weight="600">What a call of the sandbox costs as it grows</text>
<text x="${BOX.left}" y="54" fill="#57606a">Median time of a call; five transactions an account. Both axes in powers of ten.</text>
${grid.join("\n")}
${line(BOX.left, y(LIMIT), BOX.right, y(LIMIT), "limit")}
${text(BOX.left + 8, y(LIMIT) - 6, "start", "50 ms")}
${curves.join("\n")}
${text((BOX.left + BOX.right) / 2, BOX.bottom + 48, "middle", "accounts")}
${[...legend, ...keys].join("\n")}
</svg>
`;
}

const scale = (value, from, to, low, high) => low + ((value - from) / (to - from)) * (high - low);
const scaleName = (power) => ["1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms"][power];
const line = (x1, y1, x2, y2, kind) =>
  `<line x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}" class="${kind}"/>`;
const text = (x, y, anchor, label) =>
  `<text x="${x}" y="${y.toFixed(1)}" text-anchor="${anchor}">${label}</text>`;
