// Reads a WebAssembly module as far as a size report needs: its sections, and its functions by name.

const NAMES = [
  "custom",
  "types",
  "imports",
  "functions",
  "tables",
  "memory",
  "globals",
  "exports",
  "start",
  "elements",
  "code",
  "data",
  "data count",
];

/** Reads numbers and strings of the binary format from a place that moves. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text() {
    return this.take(this.number()).toString();
  }
}

/**
 * The sections of a module, in order.
 *
 * @param {Buffer} bytes
 * @returns {{ name: string, bytes: Buffer }[]}
 */
export function sections(bytes) {
  if (bytes.toString("latin1", 0, 4) !== "\0asm") throw new Error("This is no WebAssembly module.");
  const reader = new Reader(bytes, 8);
  const found = [];
  while (reader.at < bytes.length) {
    const id = reader.take(1)[0];
    const content = reader.take(reader.number());
    const name = NAMES[id] ?? `section ${id}`;
    found.push({
      name: id === 0 ? `custom: ${new Reader(content).text()}` : name,
      bytes: content,
    });
  }
  return found;
}

const section = (all, name) => all.find((one) => one.name === name)?.bytes;

/** The names of functions by their numbers, where the module still has them. */
function functionNames(all) {
  const names = new Map();
  const content = section(all, "custom: name");
  if (!content) return names;
  const reader = new Reader(content);
  reader.text();
  while (reader.at < content.length) {
    const kind = reader.take(1)[0];
    const end = reader.number() + reader.at;
    if (kind === 1) {
      for (let left = reader.number(); left > 0; left -= 1)
        names.set(reader.number(), reader.text());
    }
    reader.at = end;
  }
  return names;
}

function importedFunctions(all) {
  const content = section(all, "imports");
  if (!content) return 0;
  const reader = new Reader(content);
  let count = 0;
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.text();
    reader.text();
    if (reader.take(1)[0] !== 0) throw new Error("This reader knows imports of functions only.");
    reader.number();
    count += 1;
  }
  return count;
}

/**
 * The functions of a module, the largest first.
 *
 * @param {Buffer} bytes A module that still has its names.
 * @returns {{ name: string, crate: string, size: number }[]}
 */
export function functions(bytes) {
  const all = sections(bytes);
  const names = functionNames(all);
  const reader = new Reader(section(all, "code"));
  const found = [];
  const first = importedFunctions(all);
  const count = reader.number();
  for (let at = 0; at < count; at += 1) {
    const start = reader.at;
    reader.take(reader.number());
    const name = readable(names.get(first + at) ?? `function ${first + at}`);
    found.push({ name, crate: crateOf(name), size: reader.at - start });
  }
  return found.sort((a, b) => b.size - a.size);
}

/** `_ZN12loyalty_edge5codec4walk6Walker5value17h0123456789abcdefE` as it reads in the source. */
export function readable(mangled) {
  // The standard library's newer scheme: the crate is all that the report needs.
  const std = /^_R.*?\d(core|alloc|std)\d/.exec(mangled);
  if (std) return `${std[1]}::${mangled}`;
  if (!mangled.startsWith("_ZN")) return mangled;
  const parts = [];
  let rest = mangled.slice(3);
  for (;;) {
    const length = parseInt(rest, 10);
    if (!(length > 0)) break;
    const digits = String(length).length;
    parts.push(rest.slice(digits, digits + length));
    rest = rest.slice(digits + length);
  }
  if (/^h[0-9a-f]{16}$/.test(parts.at(-1) ?? "")) parts.pop();
  const symbols = {
    LT: "<",
    GT: ">",
    RF: "&",
    u20: " ",
    u7b: "{",
    u7d: "}",
    C: ",",
    u5b: "[",
    u5d: "]",
  };
  return parts
    .join("::")
    .replace(/\$(\w+?)\$/g, (whole, symbol) => symbols[symbol] ?? whole)
    .replaceAll("..", "::");
}

/** The crate that a function is of: for a method of a trait, the crate of the type that has it. */
function crateOf(name) {
  return /^_?<?&?(?:mut )?([a-z_][a-z0-9_]*)::/.exec(name)?.[1] ?? "exports";
}
