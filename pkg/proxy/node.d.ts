/** A proxy, or anything that has `fetch(Request)`, on Node's own HTTP server. Port 0 takes a free one. */
export function serve(
  app: { fetch(request: Request): Promise<Response> },
  options?: { port?: number; host?: string },
): Promise<{
  readonly url: string;
  /** Takes no more connections, and lets what is under way finish within 5 seconds. */
  close(): Promise<void>;
}>;
