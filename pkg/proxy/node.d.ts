/** A proxy, or anything that has `fetch(Request)`, on Node's own HTTP server. Port 0 takes a free one. */
export function serve(
  app: { fetch(request: Request): Promise<Response> },
  options?: { port?: number; host?: string },
): Promise<{
  readonly url: string;
  /** Takes no more connections, and lets what is under way finish within 5 seconds. */
  close(): Promise<void>;
}>;

/**
 * A proxy as a handler of Node's own requests (`IncomingMessage`, `ServerResponse`), for Express, `http.createServer` and their like. Mount it before whatever
 * reads bodies, such as `express.json()`.
 */
export function listener(app: {
  fetch(request: Request): Promise<Response>;
}): (incoming: object, outgoing: object) => void;
