import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { before, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { at, root } from "../../scripts/lib/paths.js";
import { pack, throwaway, unpack } from "./tarball.js";

let tarball;
let files;
let manifest;
before((t) => {
  const folder = throwaway(t);
  tarball = pack(folder);
  files = unpack(tarball, folder);
  manifest = JSON.parse(file("package.json"));
});

function file(path) {
  const found = files.find((each) => each.path === path);
  assert.ok(found, `${path} is not in the tarball`);
  return found.bytes.toString();
}

/** Every file that `exports` and `bin` name, with the chain of conditions that leads there. */
function* targets(entry, conditions = []) {
  if (typeof entry === "string") yield { conditions, path: entry.replace(/^\.\//, "") };
  else
    for (const [key, value] of Object.entries(entry)) yield* targets(value, [...conditions, key]);
}

test("publint has nothing to say", async () => {
  const { messages, pkg } = await publint({
    pack: { tarball: toArrayBuffer(readFileSync(tarball)) },
    strict: true,
  });
  assert.equal(pkg.name, "loyalty-edge");
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("only what a user needs is packed", () => {
  const wanted =
    /^(package\.json|LICENSE-(MIT|APACHE)|.+\.(js|md|d\.ts|wasm|json|html|css|svg|ico|png))$/;
  assert.ok(files.length > 20);
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => !wanted.test(path) || /test|\.map$/.test(path)),
    [],
  );
});

test("licences and read-me are those of the project", () => {
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE", "README.md"]) {
    assert.equal(file(name), readFileSync(at(name), "utf8"));
  }
  assert.equal(manifest.license, "(MIT OR Apache-2.0)");
});

test("every path of exports and bin is in the tarball", () => {
  const named = [...targets(manifest.exports), ...targets(manifest.bin)];
  assert.ok(named.length > 5);
  for (const { path } of named) file(path);
});

test("the three parts have types, and types come first", () => {
  for (const part of [".", "./proxy", "./sandbox"]) {
    const entry = manifest.exports[part];
    assert.ok(entry, `exports has no ${part}`);
    assert.equal(Object.keys(entry)[0], "types", part);
    assert.match(entry.types, /\.d\.ts$/);
  }
});

test("the three binaries are there and are WebAssembly", () => {
  for (const name of ["client", "proxy", "sandbox"]) {
    const found = files.find(({ path }) => path === `wasm/${name}/${name}_bg.wasm`);
    assert.ok(found, name);
    assert.deepEqual([...found.bytes.subarray(0, 4)], [0, 0x61, 0x73, 0x6d], name);
  }
});

test("no file tells where it was built", () => {
  const places = [
    root,
    `${homedir()}/`,
    "crates.io-",
    "/.cargo/",
    "/.rustup/",
    "/home/",
    "/Users/",
  ];
  // The package's own documentation may speak of nobody's folder either: no file is exempt.
  for (const { path, bytes } of files) {
    for (const place of places) assert.ok(!bytes.includes(place), `${path} holds ${place}`);
  }
});

test("no source map is packed or pointed at", () => {
  const pointer = Buffer.from("sourceMappingURL");
  assert.deepEqual(
    files.filter(({ bytes }) => bytes.includes(pointer)).map(({ path }) => path),
    [],
  );
});

const toArrayBuffer = (bytes) =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
