/** The flags of `verify`, apart from it: `--help` loads nothing that attacks. */

/** @type {import("../args.js").Flags} */
export const verifyFlags = {
  url: {
    type: "url",
    value: "URL",
    positional: true,
    required: true,
    about: "where the proxy is, with its path",
  },
  origin: { type: "url", value: "URL", about: "an origin from which pages may call" },
  member: { type: "text", value: "TOKEN", about: "the token of a member" },
  other: { type: "text", value: "TOKEN", about: "the token of another member" },
  staff: { type: "text", value: "TOKEN", about: "the token of somebody who may search accounts" },
  expired: { type: "text", value: "TOKEN", about: "a member's token that has ended" },
  action: {
    type: "text",
    value: "NAME",
    default: "write-review",
    about: "an action that members may earn by",
  },
  capped: {
    type: "text",
    value: "NAME",
    default: "daily-visit",
    about: "an action that pays once a day",
  },
  jwks: {
    type: "url",
    value: "URL",
    about: "the issuer's public keys, if the proxy's host has them",
  },
  "member-account": {
    type: "text",
    value: "ID",
    about: "the member's account, if members can't read it",
  },
  "other-account": {
    type: "text",
    value: "ID",
    about: "the other's account, if members can't read it",
  },
  "i-am-allowed-to-test": {
    type: "text",
    value: "HOST",
    about: "the host of URL, if it is not this machine",
  },
  writes: {
    type: "boolean",
    about: "on another host: attacks that change points if they get through",
  },
  complete: { type: "boolean", about: "fail, too, if an attack was skipped" },
  rate: {
    type: "integer",
    value: "N",
    min: 1,
    max: 1000,
    about: "requests a second (another host: 5)",
  },
  seconds: {
    type: "integer",
    value: "N",
    min: 1,
    max: 3600,
    default: 600,
    about: "stop attacking after so long",
  },
  json: { type: "boolean", about: "print a line of JSON for each attack" },
  sarif: { type: "file", value: "FILE", about: "write SARIF 2.1.0 there, for CI" },
};
