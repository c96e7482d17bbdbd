import type { AuditSink } from "./index.js";

/** A proxy, or anything that has `fetch(Request)`, on Node's own HTTP server. Port 0 takes a free one. */
export function serve(
  app: { fetch(request: Request): Promise<Response> },
  options?: { port?: number; host?: string; drainMs?: number },
): Promise<{
  readonly url: string;
  /** Takes no more connections, and lets what is under way finish within `drainMs`, 10,000 ms by default. */
  close(): Promise<void>;
}>;

/**
 * A proxy as a handler of Node's own requests (`IncomingMessage`, `ServerResponse`), for Express, `http.createServer` and their like. Mount it before whatever
 * reads bodies, such as `express.json()`.
 */
export function listener(app: {
  fetch(request: Request): Promise<Response>;
}): (incoming: object, outgoing: object) => void;

/** An audit sink that writes one JSON object a line. */
export interface FileAudit extends AuditSink {
  /** Waits for what is being written, and closes the file. Later records are refused. */
  close(): Promise<void>;
}

/**
 * Audit records in a file, each on the disk (`fdatasync`) before what it is about goes on. The file is appended to and is
 * its owner's alone (`0600`): records name members. Rotate it by renaming it and starting anew.
 */
export function fileAudit(path: string): FileAudit;
