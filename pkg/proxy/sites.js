// Several sites behind one `createProxy`: each is a proxy of its own, with its own credential, identity, policy, caches
// and sessions. Which one answers is the developer's to say, or the path's; what they share is code (P10).

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** What must stand in each site: shared, it would be one site's power or memory in another. */
const OWN = ["credential", "identify", "resolve", "webhooks"];
const OF_A_SITE = [...OWN, "basePath", "botCheck", "confirm", "origins", "policy"];

/**
 * The options of each site, by its name. Throws what is wrong, as text.
 *
 * @param {any} options
 * @returns {[name: string, options: any][]}
 */
export function siteOptions({ sites, site, ...shared }) {
  const names = typeof sites === "object" && sites !== null ? Object.keys(sites) : [];
  if (names.length === 0) throw "sites: give at least one, by name";
  const given = OWN.find((name) => shared[name] !== undefined);
  if (given !== undefined) throw `${given}: with sites it stands in each site`;
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined) throw `sites.${bad}: a name is 1 to 63 of a-z 0-9 -`;
  const mount = shared.basePath ?? "/loyalty";
  return names.map((name) => {
    const own = sites[name];
    if (typeof own !== "object" || own === null) throw `sites.${name}: give options`;
    const odd = Object.keys(own).find((option) => !OF_A_SITE.includes(option));
    if (odd !== undefined) throw `sites.${name}: has no ${odd}; there are ${OF_A_SITE.join(", ")}`;
    for (const option of OWN) {
      const other = names.find((each) => each !== name && sites[each]?.[option] === own[option]);
      if (own[option] !== undefined && other !== undefined) {
        throw `sites.${name}.${option}: is that of ${other} too; make one for each site`;
      }
    }
    const basePath = site === undefined ? `${mount}/${name}` : mount;
    return [name, { ...shared, basePath, ...own }];
  });
}

/**
 * Checks that no two are one after all. Throws what is wrong, as text.
 *
 * @param {[name: string, parts: any][]} made
 * @param {boolean} isByPath
 */
export function checkApart(made, isByPath) {
  made.forEach(([name, { settings, proxy }], at) => {
    for (const [other, earlier] of made.slice(0, at)) {
      // Counters, records, sessions and the keys of payments are told apart by it.
      if (proxy.site.toLowerCase() === earlier.proxy.site.toLowerCase()) {
        throw `sites.${name}: its credential is of the same site as that of ${other}`;
      }
      const [one, two] = [`${settings.basePath}/`, `${earlier.settings.basePath}/`];
      if (isByPath && (one.startsWith(two) || two.startsWith(one))) {
        throw `sites.${name}.basePath: lies at or within that of ${other}`;
      }
    }
  });
}

/**
 * Says which site a request is for.
 *
 * @param {Map<string, any>} sites
 * @param {((request: Request) => string | null | undefined) | undefined} site
 * @returns {(request: import("./incoming.js").Incoming) => any} The site's parts, or `undefined` where there is none.
 */
export function chooser(sites, site) {
  if (site === undefined) {
    return ({ url }) => {
      const path = `${new URL(url).pathname}/`;
      return [...sites.values()].find(({ settings }) => path.startsWith(`${settings.basePath}/`));
    };
  }
  return (request) => {
    const { url, method, headers } = request.bare();
    const seen = new Headers(headers);
    for (const name of ["authorization", "cookie"]) seen.delete(name);
    const name = site(new Request(url, { method, headers: seen }));
    return typeof name === "string" ? sites.get(name) : undefined;
  };
}
