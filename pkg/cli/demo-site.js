import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError } from "./problems.js";
import { createStatic } from "./static.js";

/**
 * The demo page and the package's own files, as the page imports them by name. In a checkout the
 * page is served from where it is edited; an installed package carries a copy.
 */

const PACKAGE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const PACKAGE_PREFIX = "/package/";

// Only what a page may import: the command's, the proxy's and the sandbox's files stay on this side.
const FOR_PAGES =
  /^(?!(?:cli|proxy|sandbox|node_modules|wasm\/proxy|wasm\/sandbox)\/).+\.(?:js|wasm)$/;

export function demoSite() {
  return createStatic({
    mounts: [
      { prefix: PACKAGE_PREFIX, folder: PACKAGE, allow: FOR_PAGES },
      { prefix: "/", folder: demoFolder() },
    ],
    importMap: { imports: { "loyalty-edge": PACKAGE_PREFIX + browserEntry() } },
  });
}

function demoFolder() {
  const places = [path.join(PACKAGE, "generated", "www")];
  // Not simply `../www`: beside an installed package that is somebody else's folder.
  if (path.basename(path.dirname(PACKAGE)) !== "node_modules") {
    places.unshift(path.join(PACKAGE, "..", "www"));
  }
  const place = places.find((folder) => existsSync(path.join(folder, "index.html")));
  if (place === undefined) {
    throw new CommandError("The demo page is missing.", "Install the package again.");
  }
  return place;
}

/** The file behind `import … from "loyalty-edge"` in a browser, as package.json has it. */
function browserEntry() {
  const text = readFileSync(path.join(PACKAGE, "package.json"), "utf8");
  let target = JSON.parse(text).exports["."];
  while (typeof target === "object") target = target.browser ?? target.import ?? target.default;
  return path.posix.normalize(target);
}
