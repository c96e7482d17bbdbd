import type { Store } from "../index.js";

export interface SqliteStore extends Store {
  /** Closes the file. Operations reject afterwards. */
  close(): void;
}

/**
 * A store in a SQLite file, for one machine: any number of its processes share the file, and what was answered
 * survives `kill -9` and a loss of power.
 *
 * Needs the package `libsql` beside this one: `npm install libsql`. Runs on Node 20 and later, Bun and Deno.
 *
 * The file must be on a disk of the machine: on a network share SQLite's locks don't hold.
 *
 * @throws {TypeError} without `file`.
 * @throws {Error} where `libsql` is not installed, or the file can't be opened.
 *
 * @example
 * ```js
 * import { sqliteStore } from "loyalty-edge/proxy/sqlite";
 * const store = sqliteStore({ file: "loyalty.db" });
 * ```
 */
export function sqliteStore(options: { file: string }): SqliteStore;
