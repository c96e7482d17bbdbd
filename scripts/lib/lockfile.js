// Does node_modules hold what package-lock.json says? npm keeps its own record of what it
// installed; comparing the two accepts any way the packages got there, and costs milliseconds.
import { existsSync, readFileSync } from "node:fs";
import { at } from "./paths.js";

const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;

/** True if `installed` has every package of `locked` in its version; optional ones may be absent. */
export function sameVersions(locked, installed) {
  return Object.entries(locked).every(([path, { version, optional, link }]) => {
    if (!path.includes("node_modules/")) return true; // the workspace's own manifests
    const found = installed[path];
    if (found === undefined) return optional === true;
    return link === true || found.version === version;
  });
}

export function npmPackagesMatch() {
  const record = at("node_modules", ".package-lock.json");
  // The command is linked only if it was there when npm ran.
  if (!existsSync(record) || !existsSync(at("node_modules", ".bin", "loyalty-edge"))) return false;
  return sameVersions(packagesOf(at("package-lock.json")), packagesOf(record));
}
