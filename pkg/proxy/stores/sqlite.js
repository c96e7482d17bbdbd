import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { onlyKnown } from "../known.js";
import { INDEXES, TABLES, sqlOperations } from "./sql.js";

// A store in a SQLite file, for the processes of one machine. By npm `libsql`, since it is prebuilt and the same on
// Node 20 and later, Bun and Deno; node:sqlite is not in Node 20.

/** How long a process waits for another one's transaction; a transaction takes well under a millisecond. */
const BUSY_MS = 1000;
/** What has ended is deleted once in so many writes. */
const SWEEP_EVERY = 1000;

/**
 * @param {{ file: string }} options
 * @returns {import("./sqlite.js").SqliteStore}
 */
export function sqliteStore(options) {
  onlyKnown("sqliteStore", options, ["file"]);
  const { file } = options;
  if (typeof file !== "string" || file === "") {
    throw new TypeError('sqliteStore: file is missing; write sqliteStore({ file: "loyalty.db" })');
  }
  const Database = driver();
  // Its own user's alone: it holds what members were answered. SQLite gives its side files the same rights.
  if (file !== ":memory:") closeSync(openSync(file, "a", 0o600));
  const db = new Database(file);
  db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  db.exec("PRAGMA journal_mode = WAL");
  // What was answered survives a loss of power too, and not only of the process.
  db.exec("PRAGMA synchronous = FULL");
  inTransaction(() => [...TABLES, ...INDEXES].forEach((sql) => db.exec(sql)));

  const statements = new Map();
  const prepared = (sql) => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = db.prepare(sql)));
    return statement;
  };
  const operations = sqlOperations({
    rows: (sql, ...values) => prepared(sql).all(...values),
    run: (sql, ...values) => prepared(sql).run(...values),
  });
  // The first write is one of them: a process that lives for a few writes only would never sweep.
  let writes = SWEEP_EVERY - 1;
  const write = (name) => async (op) =>
    inTransaction(() => {
      if (++writes % SWEEP_EVERY === 0) operations.sweep(op.now);
      return operations[name](op);
    });

  return {
    reserve: write("reserve"),
    settle: write("settle"),
    release: write("release"),
    hit: write("hit"),
    get: async (op) => operations.get(op),
    put: write("put"),
    remove: write("remove"),
    close: () => db.close(),
  };

  /** One writer at a time from its first line on, in whichever process: what it reads stays true until it wrote. */
  function inTransaction(work) {
    db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      db.exec("COMMIT");
      return result;
    } catch (error) {
      if (db.inTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}

function driver() {
  try {
    return createRequire(import.meta.url)("libsql");
  } catch (cause) {
    throw new Error(
      "sqliteStore needs the package libsql, which can't be loaded here: npm install libsql",
      { cause },
    );
  }
}
