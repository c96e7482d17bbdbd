import type { Sandbox, SandboxStore } from "./index.js";

/** A sandbox that listens. */
export interface Server {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Closes the port and every connection. The sandbox itself stays open. */
  close(): Promise<void>;
}

/**
 * Puts a sandbox on a port of this machine.
 *
 * @param options `port` 0, the default, takes a free one. `host` is 127.0.0.1 by default.
 */
export function serve(
  sandbox: Sandbox,
  options?: { port?: number; host?: string },
): Promise<Server>;

/**
 * Keeps a sandbox in an SQLite file: `createSandbox({ store: await sqliteStore("dev.db") })`. Every write is on the
 * disk before its answer leaves, so `kill -9` loses none.
 *
 * Needs the npm package `libsql` beside this one. Rejects with a sentence where that is missing, and where the file
 * is in use, damaged, of another version, or not a sandbox's.
 */
export function sqliteStore(file: string): Promise<SandboxStore>;
