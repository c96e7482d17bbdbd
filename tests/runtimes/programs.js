// Where the runtimes are. npm brings each as a package for this kind of machine; none needs its install script.
import { createRequire } from "node:module";
import { at } from "../../scripts/lib/paths.js";

const { resolve } = createRequire(import.meta.url);

export const deno = () => [process.execPath, resolve("deno/bin.cjs")];

export function bun() {
  const arch = process.arch === "arm64" ? "aarch64" : process.arch;
  return [resolve(`@oven/bun-${process.platform}-${arch}/bin/bun`)];
}

export const vitest = () => [process.execPath, at("node_modules", "vitest", "vitest.mjs")];
