/**
 * The holes of the bad proxy, each opened alone by its name, and the attacks that have to find it.
 * `more` are attacks that may find it too: one hole often lets several things through.
 *
 * @type {Record<string, { is: string, found: string[], more?: RegExp }>}
 */
export const HOLES = {
  "visitors-read": {
    is: "no token is asked for where something is only read",
    found: [
      "visitor-get-account",
      "visitor-search-accounts",
      "visitor-query-loyalty-transactions",
      "visitor-count-accounts",
    ],
    more: /^visitor-|original-url|forwarded/,
  },
  "visitors-write": { is: "no token is asked for on actions", found: ["visitor-earn"] },
  "members-search": {
    is: "members may do what staff may read",
    found: [
      "member-search-accounts",
      "member-query-loyalty-accounts",
      "member-count-accounts",
      "member-list-accounts",
      "list-by-contact-ids",
    ],
    more: /^role$|^long-query$/,
  },
  "members-earn": { is: "members may call earnPoints", found: ["member-earn-points"] },
  "members-adjust": {
    is: "members may call adjustPoints on their own account",
    found: ["member-adjust-points", "member-sets-own-balance"],
  },
  "members-adjust-anyone": {
    is: "and on every account",
    found: ["adjust-another", "member-adjust-points"],
    more: /^member-sets-own-balance$/,
  },
  "members-create": { is: "members may open accounts", found: ["member-create-account"] },
  "bulk-for-all": {
    is: "the bulk job is nobody's privilege",
    found: ["visitor-bulk-adjust-points", "member-bulk-adjust-points", "staff-bulk-adjust"],
  },
  "body-account-wins": {
    is: "the account in the body wins over the one in the path",
    found: ["adjust-path-and-body-differ"],
    more: /^member-|adjust-another/,
  },
  "foreign-account": {
    is: "whose account it is, is not looked at",
    found: ["foreign-account", "foreign-account-upper-case"],
    more: /^foreign-|alike$/,
  },
  "query-id-wins": {
    is: "the id in the query wins over the one in the path",
    found: ["own-path-foreign-query"],
    more: /^foreign-path-own-query$/,
  },
  "fetch-by-anyone": {
    is: "members may look anybody up",
    found: ["fetch-by-member-id", "fetch-by-contact-id"],
  },
  "my-account-by-query": {
    is: "the member id in the query says whose account is mine",
    found: ["my-account-of-another"],
  },
  "filter-overwrites": {
    is: "the page's filter is spread over the forced one",
    found: ["filter-equals", "filter-in", "filter-ne"],
    more: /^foreign-cursor$|^filter-|alike$|^query-twice$/,
  },
  "filter-unread": {
    is: "a filter that does not name the account is sent up as it is",
    found: ["filter-not-nobody"],
    more: /^foreign-cursor$|^filter-|alike$/,
  },
  "filter-or": {
    is: "the forced account stands in an $or with the page's filter",
    found: ["filter-in", "filter-exists"],
    more: /^foreign-cursor$|^filter-|alike$|^no-filter$|^query-twice$/,
  },
  "foreign-transaction": {
    is: "whose transaction it is, is not looked at",
    found: ["foreign-transaction"],
    more: /alike$/,
  },
  "foreign-cursor": {
    is: "a cursor is sent up, and its page sent back unread",
    found: ["foreign-cursor"],
  },
  "redeem-from-anyone": {
    is: "the page says whose points are redeemed",
    found: ["redeem-from-another"],
  },
  "tells-foreign-ids": {
    is: "a foreign id is 403, an unknown one 404",
    found: ["foreign-and-unknown-account-alike"],
  },
  "path-decoded": {
    is: "an id is decoded and put into the upstream's path",
    found: ["id-encoded-slashes", "id-encoded-dots", "id-query-mark"],
    more: /^id-|^own-id-then-foreign$/,
  },
  "open-table": {
    is: "a path that is not in the table is forwarded all the same",
    found: ["neighbour", "dot-segments"],
    more: /^sandbox-control$|^token-endpoint$/,
  },
  "trusts-member-header": {
    is: "X-Member-Id says who calls",
    found: ["visitor-with-member-id", "member-with-member-id"],
  },
  "trusts-user-header": {
    is: "X-User-Id says who calls, if there is no token",
    found: ["visitor-with-user-id"],
  },
  "trusts-role-header": { is: "X-Role says what the caller is", found: ["role"] },
  "trusts-address-header": {
    is: "X-Forwarded-For: 127.0.0.1 is let in",
    found: ["visitor-from-loopback"],
  },
  "trusts-forwarded-host": {
    is: "an origin that matches X-Forwarded-Host is the page's own",
    found: ["forwarded-host"],
  },
  "trusts-cookie": { is: "a cookie says who calls", found: ["cookie-identity"] },
  "original-url": {
    is: "X-Original-URL is the path, and nobody is asked for a token",
    found: ["original-url"],
  },
  "forwards-headers": { is: "the caller's headers go up", found: ["site-id", "sandbox-fault"] },
  "unverified-token": {
    is: "the token is decoded and never verified",
    found: ["other-subject", "other-signature", "alg-none", "more-roles", "own-key"],
    more: /^(?!garbage$)/,
  },
  "alg-none": {
    is: "a token that says alg none needs no signature",
    found: ["alg-none"],
    more: /^alg-none/,
  },
  "public-key-as-secret": {
    is: "HS256 is verified with the public key",
    found: ["public-key-as-secret"],
  },
  "weak-secret": {
    is: "HS256 is verified with a secret from an example",
    found: ["weak-secrets"],
    more: /^key-/,
  },
  "embedded-key": { is: "the key in the token's own header verifies it", found: ["embedded-key"] },
  "key-by-url": { is: "the key comes from where the token says", found: ["key-by-url"] },
  "no-expiry": { is: "the end of a token is not looked at", found: ["expired"] },
  "token-in-query": {
    is: "the token may stand in the URL",
    found: ["in-query"],
    more: /^token-echo$/,
  },
  "invalid-is-visitor": {
    is: "an invalid token makes a visitor",
    found: ["invalid-becomes-visitor", "tampered-becomes-visitor"],
    more: /./,
  },
  "origin-ends-with": {
    is: "an origin that ends in the listed host is let in",
    found: ["origin-prefix"],
    more: /^origin-/,
  },
  "origin-begins-with": {
    is: "an origin that begins with the listed one is let in",
    found: ["origin-suffix"],
    more: /^origin-/,
  },
  "origin-pattern": {
    is: "the listed origin is a pattern whose dots match anything",
    found: ["origin-dot-is-any"],
    more: /^origin-/,
  },
  "origin-reflected": {
    is: "every origin is let in, by its name",
    found: ["origin-foreign", "preflight-foreign", "origin-foreign-write"],
    more: /^origin-|^forwarded-host$/,
  },
  "origin-null": {
    is: "the origin null is let in",
    found: ["origin-null"],
    more: /^preflight-foreign$/,
  },
  "cors-star": {
    is: "every page may read every answer",
    found: ["cors-star", "origin-foreign"],
    more: /^forwarded-host$|^origin-|^preflight-|^vary$/,
  },
  "cors-credentials": { is: "with cookies, too", found: ["cors-credentials"] },
  "no-vary": {
    is: "a cache may give one origin's answer to another",
    found: ["vary", "preflight-listed"],
  },
  "any-content-type": {
    is: "a body of any type is read as JSON",
    found: ["text-plain", "no-content-type", "type-with-json-in-it"],
    more: /^body-utf16$|^form-post$|^multipart-post$/,
  },
  "form-bodies": { is: "forms are read, too", found: ["form-post"] },
  "no-client-header": {
    is: "X-Loyalty-Client is not asked for",
    found: ["no-client-header-write", "no-client-header-read"],
  },
  "cross-site": {
    is: "Sec-Fetch-Site is not looked at",
    found: ["cross-site-write", "cross-site-read", "cross-site-visitor"],
  },
  "page-names-amount": {
    is: "an amount in the request wins over the policy's",
    found: ["action-amount", "action-negative-amount"],
    more: /^action-/,
  },
  "page-names-account": { is: "an action pays whom the page names", found: ["action-account-id"] },
  "takes-unknown-fields": {
    is: "fields that nobody knows are passed over",
    found: ["action-unknown-field", "action-proto"],
    more: /^action-|^redeem-for-|^parameters-|unknown|many-fields|twice$/,
  },
  "any-action": {
    is: "an action is looked up in an object with a prototype",
    found: ["action-of-an-object"],
  },
  "any-parameters": {
    is: "subject and parameters may be anything",
    found: ["subject-of-another-type", "parameters-of-another-type"],
  },
  "no-key": { is: "a key is made up where none came", found: ["no-key", "redeem-without-key"] },
  "any-key": { is: "a key may be any text", found: ["malformed-key"], more: /^two-keys$/ },
  "key-without-caller": { is: "two members may meet under one key", found: ["key-of-another"] },
  "key-without-payload": {
    is: "another claim gets the answer of the one before",
    found: ["other-payload"],
    more: /^action-|^body-/,
  },
  "key-without-action": {
    is: "another action gets the answer of the one before",
    found: ["other-action-same-key"],
    more: /^other-payload$/,
  },
  "pays-again": {
    is: "a key is forgotten at once",
    found: ["replay", "race-same-key"],
    more: /^other-payload$|^race-many-keys$|^claim-again$/,
  },
  "racy-key": {
    is: "a key is looked up, and written down only after the payment",
    found: ["race-same-key"],
    more: /^race-many-keys$|^claim-again$/,
  },
  "racy-cap": {
    is: "a cap is looked up, and counted only after the payment",
    found: ["race-many-keys"],
  },
  "no-cap": { is: "nobody counts", found: ["race-many-keys", "claim-again"] },
  "get-earns": {
    is: "an action may be a link",
    found: ["get-action"],
    more: /^head-action$|^override-|^get-with-body$/,
  },
  "any-method": {
    is: "an action takes any verb that has a body",
    found: ["put-action", "patch-action", "delete-action"],
  },
  "method-override": { is: "X-HTTP-Method-Override is the method", found: ["override-get"] },
  "method-by-query": {
    is: "_method is the method",
    found: ["override-query"],
    more: /^amount-in-query$/,
  },
  trace: { is: "TRACE is answered with the request", found: ["trace"] },
  "large-bodies": {
    is: "a body may be as large as it likes",
    found: ["body-over-16-kb", "body-2-mb"],
  },
  "deep-bodies": { is: "and as deep", found: ["body-deep"], more: /-of-another-type$/ },
  "loose-utf8": { is: "what is no UTF-8 is mended", found: ["body-not-utf8"] },
  gzip: {
    is: "compressed bodies are unpacked, whatever comes out",
    found: ["body-gzip"],
    more: /^body-gzip/,
  },
  "loose-json": { is: "what stands behind the JSON is passed over", found: ["body-trailing"] },
  "null-crashes": {
    is: "a body of null crashes the handler",
    found: ["body-null"],
    more: /^body-/,
  },
  "stack-traces": {
    is: "and its stack is the answer",
    found: ["stack-trace", "body-null"],
    more: /^body-|^sniffing$|^caching$|^content-type$/,
  },
  "many-headers": { is: "a request may have as many headers as it likes", found: ["many-headers"] },
  "webhooks-unverified": {
    is: "an event is believed by its form",
    found: ["webhook-own-key", "webhook-unsigned"],
    more: /^webhook-/,
  },
  "webhooks-plain": {
    is: "an event is believed as plain JSON",
    found: ["webhook-plain-json"],
    more: /^webhook-/,
  },
  "upstream-errors": {
    is: "an error of the upstream is passed on",
    found: ["upstream-error"],
    more: /alike$/,
  },
  "upstream-headers": {
    is: "the upstream's headers are passed on",
    found: ["cors-star"],
    more: /^origin-|^preflight-|^vary$/,
  },
  "set-cookie": { is: "answers set a cookie", found: ["set-cookie"] },
  "credential-in-error": {
    is: "an error shows the request that failed, key and all",
    found: ["credential-shape"],
    more: /^upstream-|alike$/,
  },
  "upstream-in-error": {
    is: "an error says where the upstream is",
    found: ["upstream-address"],
    more: /alike$/,
  },
  "token-echo": { is: "a refusal repeats the token", found: ["token-echo"] },
  "html-errors": {
    is: "errors are pages of HTML with the path in them",
    found: ["script-in-error", "upstream-error"],
    more: /^token-echo$/,
  },
  sniffing: { is: "no nosniff", found: ["sniffing"] },
  caching: { is: "answers may be kept", found: ["caching"] },
  created: { is: "a payment is answered 201", found: ["success-status"], more: /./ },
  "serves-files": { is: "the folder of the proxy is served", found: ["files"] },
};
