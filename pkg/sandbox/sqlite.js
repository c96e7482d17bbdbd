// A sandbox's rows in an SQLite file. What a call writes is one transaction, and it is on the disk
// before the answer leaves: synchronous is FULL, so that not even a power cut loses it.

/** In the file's header: what kind of database it is ("LESB"). */
const APPLICATION = 0x4c455342;
const PIECE = 1 << 20;
const HEAD = 10;

/**
 * @param {string} file
 * @returns {Promise<import("./index.js").SandboxStore>}
 */
export async function sqliteStore(file) {
  const Database = await driver();
  let database;
  try {
    database = open(new Database(file, { timeout: 200 }), file);
  } catch (error) {
    database?.close();
    throw explained(error, file);
  }
  return store(database, file);
}

async function driver() {
  try {
    return (await import("libsql")).default;
  } catch (cause) {
    throw new Error(
      "Keeping a sandbox in a file needs the npm package libsql: run `npm install libsql`.",
      { cause },
    );
  }
}

function open(database, file) {
  try {
    // Two processes with one file would each answer from a memory that lacks the other's writes.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    // With FULL, a commit in this mode waits for the disk once; in the others two or three times.
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("BEGIN EXCLUSIVE");
    const application = pragma(database, "application_id");
    const tables = database.prepare("SELECT count(*) FROM sqlite_master").raw().get()[0];
    if (application !== APPLICATION && (application !== 0 || tables > 0)) {
      throw new Error(`${file} is the database of another program. Give a sandbox its own file.`);
    }
    database.exec(
      `PRAGMA application_id = ${APPLICATION};
       CREATE TABLE IF NOT EXISTS rows (
         kind INTEGER NOT NULL, key INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
       ) WITHOUT ROWID;
       COMMIT`,
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const pragma = (database, name) => database.prepare(`PRAGMA ${name}`).raw().get()[0];

function explained(error, file) {
  const reason = {
    SQLITE_BUSY: "is in use: another sandbox has it open. Stop that one, or give another file.",
    SQLITE_NOTADB: "is no SQLite database. Give a sandbox its own file.",
    SQLITE_CORRUPT: "is damaged. Restore a copy, or start anew with another file.",
    SQLITE_READONLY: "can't be written. Give a file that can.",
  }[error?.code];
  if (reason !== undefined) return new Error(`${file} ${reason}`, { cause: error });
  if (error?.message?.startsWith(file)) return error;
  return new Error(`${file} can't be opened: ${error?.message ?? error}`, { cause: error });
}

/** @returns {import("./index.js").SandboxStore} */
function store(database, file) {
  const put = database.prepare(
    "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const remove = database.prepare("DELETE FROM rows WHERE kind = ? AND key = ?");
  let format = 0;

  function carryOut(piece) {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let at = 0; at < piece.length;) {
      const [order, kind] = [piece[at], piece[at + 1]];
      const key = view.getUint32(at + 2, true);
      const end = at + HEAD + view.getUint32(at + 6, true);
      if (order === 0) database.exec("DELETE FROM rows");
      else if (order === 1) put.run(kind, key, Buffer.from(piece.subarray(at + HEAD, end)));
      else remove.run(kind, key);
      at = end;
    }
  }

  return {
    name: file,

    *load(version) {
      format = version;
      const theirs = pragma(database, "user_version");
      if (theirs !== 0 && theirs !== version) {
        throw new Error(
          `${file} was made by another version of the sandbox: it has format ${theirs}, and this ` +
            `one reads ${version}. Use that version, or start anew with another file.`,
        );
      }
      try {
        yield* pieces(database.prepare("SELECT kind, key, value FROM rows ORDER BY kind, key"));
      } catch (error) {
        throw error?.code === undefined ? error : explained(error, file);
      }
    },

    commit(changes) {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const piece of changes) carryOut(piece);
        if (format !== 0) {
          database.exec(`PRAGMA user_version = ${format}`);
          format = 0;
        }
        database.exec("COMMIT");
      } catch (error) {
        if (database.inTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },

    close: () => close(database),
  };
}

/** The library closes a connection only once its statements were collected, so the file is let go of by hand. */
function close(database) {
  try {
    database.exec("PRAGMA journal_mode = DELETE");
    database.exec("PRAGMA locking_mode = NORMAL");
    pragma(database, "user_version");
  } finally {
    database.close();
  }
}

/** The rows as orders, about a megabyte at a time. */
function* pieces(select) {
  let parts = [];
  let length = 0;
  for (const [kind, key, value] of select.raw().iterate()) {
    const head = Buffer.alloc(HEAD);
    head[0] = 1;
    head[1] = kind;
    head.writeUInt32LE(key, 2);
    head.writeUInt32LE(value.length, 6);
    parts.push(head, value);
    length += HEAD + value.length;
    if (length >= PIECE) {
      yield Buffer.concat(parts, length);
      parts = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(parts, length);
}
