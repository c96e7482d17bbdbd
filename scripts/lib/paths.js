// Where things are, and the environment that every tool runs in. Only Node's own modules here and
// in everything `npm start` imports: it runs before any package has been installed.
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const at = (...parts) => join(root, ...parts);

/** Tools that cargo installs live in the checkout, so that their versions can't drift from it. */
export const toolsDir = at(".tools");
export const tool = (name) => join(toolsDir, "bin", name);
export const nodeBin = (name) => at("node_modules", ".bin", name);

/** Cargo's output folder: the caller may have moved it. */
export const targetDir = process.env.CARGO_TARGET_DIR
  ? resolve(root, process.env.CARGO_TARGET_DIR)
  : at("target");

/** The environment for child processes: our tools first on PATH. */
export function environment(extra = {}) {
  const path = [join(toolsDir, "bin"), at("node_modules", ".bin"), process.env.PATH ?? ""];
  return { ...process.env, PATH: path.join(delimiter), ...extra };
}
