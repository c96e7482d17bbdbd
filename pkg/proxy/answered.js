// An answer as the decisions give it: most of its headers are those of many others, and are kept as they were made.

/** The headers that many answers have alike. */
export class Head {
  /** @type {Headers | undefined} */
  #whole;

  #pairs;

  /** @param {[string, string][]} pairs */
  constructor(pairs) {
    this.#pairs = pairs;
    this.flat = pairs.flat();
  }

  /** For runtimes that copy their own kind sooner than they read a list. */
  get whole() {
    return (this.#whole ??= new Headers(this.#pairs));
  }
}

/** Ends what a request was for. */
export class Answered {
  /** Told apart from effects that are still to be carried out. */
  do = "answer";
  /** What the log tells of the request, where somebody listens. */
  summary;
  /** Cookies: none goes by the decisions. */
  cookies;

  /**
   * @param {number} status
   * @param {Head} head
   * @param {string} requestId
   * @param {string[]} rest Names and values of the other headers, in turn.
   * @param {string} body
   * @param {string[]} log
   */
  constructor(status, head, requestId, rest, body, log) {
    this.status = status;
    this.head = head;
    this.requestId = requestId;
    this.rest = rest;
    this.body = body;
    this.log = log;
  }

  /** Names and values in turn, as Node takes them. */
  get flat() {
    const { head, requestId, rest, cookies } = this;
    const all = ["x-request-id", requestId, "x-wix-request-id", requestId, ...head.flat, ...rest];
    cookies?.forEach((line) => all.push("set-cookie", line));
    return all;
  }

  /** As runtimes send it that have no way around a `Response`. */
  response() {
    const { status, head, requestId, rest, cookies } = this;
    const body = status === 204 ? null : this.body;
    const response = new Response(body, { status, headers: head.whole });
    const { headers } = response;
    headers.set("x-request-id", requestId);
    headers.set("x-wix-request-id", requestId);
    for (let at = 0; at + 1 < rest.length; at += 2) headers.append(rest[at], rest[at + 1]);
    cookies?.forEach((line) => headers.append("set-cookie", line));
    return response;
  }
}
