// The store in a SQLite file: the contract, and what a file is for: it outlives its processes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sqliteStore } from "loyalty-edge/proxy/sqlite";
import { storeContract } from "../proxy/store-contract.js";

const folder = mkdtempSync(join(tmpdir(), "loyalty-edge-sqlite-"));
const open = new Set();
after(() => {
  for (const store of open) store.close();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
function make(file = join(folder, `${(files += 1)}.db`)) {
  const store = sqliteStore({ file });
  open.add(store);
  return store;
}
storeContract("SQLite", () => make());

const NOW = 1_893_492_000_000;
const record = (key, more) => ({
  shard: "a",
  key,
  fingerprint: "f",
  resume: true,
  leaseUntil: NOW + 60_000,
  keepUntil: NOW + 120_000,
  claims: [],
  now: NOW,
  ...more,
});

// Reserves and settles as fast as it can, and says which keys it has settled.
const WRITER = `
  import { sqliteStore } from "loyalty-edge/proxy/sqlite";
  import { writeSync } from "node:fs";
  const store = sqliteStore({ file: process.argv[1] });
  const NOW = ${NOW};
  for (let at = 0; ; at += 1) {
    const key = process.argv[2] + at;
    const claims = [{ counter: "c" + key, id: "i", amount: 1, max: 1, expiresAt: null }];
    const { token } = await store.reserve({ shard: "a", key, fingerprint: "f", resume: true,
      leaseUntil: NOW + 60000, keepUntil: NOW + 120000, claims, now: NOW });
    await store.settle({ shard: "a", key, token, status: 200, body: key, keepUntil: NOW + 120000, now: NOW });
    writeSync(1, key + "\\n");
  }
`;

test("p32_what_was_acknowledged_survives_kill_9", async () => {
  const file = join(folder, "killed.db");
  for (const round of [1, 2, 3]) {
    const args = ["--input-type=module", "-e", WRITER, file, `r${round}-`];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    let said = "";
    for await (const piece of child.stdout) {
      said += piece;
      if (said.split("\n").length > 40 * round) child.kill("SIGKILL");
    }
    assert.deepEqual(await ended, [null, "SIGKILL"]);
    const keys = said.split("\n").slice(0, -1);
    assert.ok(keys.length >= 40 * round);
    const store = make(file);
    for (const key of keys) {
      const reply = await store.reserve(record(key));
      assert.deepEqual(reply, { kind: "done", status: 200, body: key });
      const claims = [{ counter: `c${key}`, id: "j", amount: 1, max: 1, expiresAt: null }];
      assert.equal((await store.reserve(record(`${key}-2`, { claims }))).kind, "limit");
    }
    store.close();
    open.delete(store);
  }
});

test("what_has_ended_is_deleted_in_time", async () => {
  const store = make();
  await store.put({ key: "old", value: "x", onlyNew: false, expiresAt: NOW + 1, now: NOW });
  const put = (at) => ({
    key: `k${at % 3}`,
    value: "y",
    onlyNew: false,
    expiresAt: NOW + 9,
    now: NOW + 5,
  });
  for (let at = 0; at < 1000; at += 1) await store.put(put(at));
  // Seen through the back door: a proxy whose clock is behind would still find it.
  assert.equal((await store.get({ key: "old", now: NOW })).value, null);
  assert.equal((await store.get({ key: "k0", now: NOW })).value, "y");
});

test("a_process_that_writes_once_deletes_what_has_ended_too", async () => {
  const file = join(folder, "short.db");
  const put = (key, now) => ({ key, value: "x", onlyNew: false, expiresAt: now + 1, now });
  const first = make(file);
  await first.put(put("old", NOW));
  first.close();
  open.delete(first);
  const second = make(file);
  await second.put(put("new", NOW + 5));
  assert.equal((await second.get({ key: "old", now: NOW })).value, null);
});

test("the_file_is_its_own_users_alone", () => {
  const file = join(folder, "rights.db");
  make(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(`${file}-wal`).mode & 0o777, 0o600);
});

test("a_missing_file_name_and_a_file_that_cannot_be_opened_throw", () => {
  assert.throws(() => sqliteStore({}), /file is missing/);
  assert.throws(() => sqliteStore({ file: "x", mode: 0 }), /sqliteStore: there is no option mode/);
  assert.throws(() => sqliteStore({ file: join(folder, "none", "x.db") }), /ENOENT/);
});
