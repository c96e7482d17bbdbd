// The sandbox gives points to everybody who asks. A site that runs on one by mistake shows
// balances that nobody has, so it does not start where a platform says "production".

/** @type {[name: string, value?: string][]} Without a value, the name alone is enough. */
const MARKERS = [
  ["NODE_ENV", "production"],
  ["VERCEL_ENV", "production"],
  ["CF_PAGES"],
  ["K_SERVICE"],
];

export function refuseProduction() {
  for (const [name, value] of MARKERS) {
    const found = read(name);
    if (value === undefined ? found : found === value) {
      throw new Error(
        `The sandbox does not start in production, and ${name}=${found} says that this is. ` +
          "Leave `upstream` of createProxy out there, so that the proxy calls Wix; " +
          `or take ${name} out of the environment, if this is a test.`,
      );
    }
  }
}

/** @param {string} name */
function read(name) {
  try {
    return globalThis.process?.env?.[name];
  } catch {
    return undefined; // Deno without permission to read the environment
  }
}
