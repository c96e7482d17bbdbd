/** The flags of `doctor`, apart from it: `--help` loads nothing else. */

/** @type {import("../args.js").Flags} */
export const doctorFlags = {
  key: {
    type: "text",
    value: "KEY",
    about: "the API key; better in the environment, as WIX_API_KEY",
  },
  site: { type: "text", value: "ID", about: "the site's id; or WIX_SITE_ID" },
  upstream: {
    type: "url",
    value: "URL",
    default: "https://www.wixapis.com",
    about: "the service, or a sandbox",
  },
  writes: { type: "boolean", about: "find out what nobody documents, on the account of --contact" },
  contact: { type: "text", value: "ID", about: "a test contact, whose points may be moved about" },
  out: {
    type: "file",
    value: "FILE",
    about: "write what was found out there, for a sandbox to load",
  },
  json: { type: "boolean", about: "print a line of JSON for each check" },
};
