// What a page loads: our client and the official one, bundled and minified as a page's build would.
import { relative } from "node:path";
import { build } from "esbuild";
import { root } from "../paths.js";

const GROUPS = {
  accounts: [
    "createAccount",
    "earnPoints",
    "adjustPoints",
    "getAccount",
    "getProgramTotals",
    "getCurrentMemberAccount",
    "getAccountBySecondaryId",
    "listAccounts",
    "queryLoyaltyAccounts",
    "searchAccounts",
    "countAccounts",
    "bulkAdjustPoints",
  ],
  transactions: ["getLoyaltyTransaction", "queryLoyaltyTransactions"],
  programs: ["getLoyaltyProgram"],
  tiers: ["listTiers", "getTier", "getTiersProgram"],
  rewards: ["listRewards", "getReward", "queryRewards"],
  coupons: [
    "redeemPointsForCoupon",
    "redeemCurrentMemberPointsForCoupon",
    "getCurrentMemberCoupons",
    "queryLoyaltyCoupons",
  ],
};

/** `{ accounts: { createAccount: accounts.createAccount, … } }`, with nothing else of the modules. */
const modules = (groups) =>
  `{ ${Object.entries(groups)
    .map(
      ([group, names]) =>
        `${group}: { ${names.map((name) => `${name}: ${group}.${name}`).join()} }`,
    )
    .join()} }`;

const official = (groups) => `
  import { createClient, OAuthStrategy } from "@wix/sdk";
  import { ${Object.keys(groups).join()} } from "@wix/loyalty";
  export const make = (clientId) =>
    createClient({ auth: OAuthStrategy({ clientId }), modules: ${modules(groups)} });
`;

// A client of createClient has every function. What it has beyond them begins there, and is loaded when it is called.
const CLIENT = `
  export { createClient, configure, init, isLoyaltyError, LoyaltyError } from "loyalty-edge";
`;

// As Wix has it: the groups as namespaces over the default client, with every name of them.
const NAMESPACES = `export * from "loyalty-edge";`;

export const ENTRIES = {
  client: CLIENT,
  namespaces: NAMESPACES,
  officialAccounts: official({ accounts: GROUPS.accounts }),
  officialAll: official(GROUPS),
};

/**
 * The scripts that a page loads before it makes a call, those that it may load later, and how many bytes of the former
 * each file brought.
 *
 * @param {string} contents The page's own module.
 * @returns {Promise<{ chunks: Uint8Array[], later: Uint8Array[], files: { name: string, size: number }[] }>}
 */
export async function bundle(contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    splitting: true, // what is only loaded later is not counted
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    outdir: "page",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const loaded = new Set();
  const load = (path) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind } of metafile.outputs[path].imports)
      if (kind === "import-statement") load(next);
  };
  load(Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint));
  const files = [...loaded].flatMap((path) =>
    Object.entries(metafile.outputs[path].inputs).map(([name, { bytesInOutput }]) => ({
      name,
      size: bytesInOutput,
    })),
  );
  const contentsOf = (isLoaded) =>
    outputFiles
      .filter((file) => loaded.has(relative(root, file.path)) === isLoaded)
      .map((file) => file.contents);
  return {
    chunks: contentsOf(true),
    later: contentsOf(false),
    files: files.filter(({ size }) => size > 0).sort((a, b) => b.size - a.size),
  };
}
