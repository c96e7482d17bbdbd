import { DurableObject } from "cloudflare:workers";
import { TABLES, sqlOperations } from "./sql.js";

// One shard of the store, as a Durable Object with SQLite. An operation is one synchronous transaction, and an object
// does one thing at a time, so fifty claims that come at once are decided one after the other.

const SWEEP_MS = 3_600_000;
const LONGEST_MS = 86_400_000;
/** The proxy tells the time, this object's alarm has its own clock: nothing is forgotten over the difference. */
const MARGIN_MS = 60_000;
const OPERATIONS = ["reserve", "settle", "release", "hit", "unhit", "get", "put", "remove"];

export class LoyaltyStore extends DurableObject {
  #operations;
  #hasTables = false;
  #hasAlarm = false;

  constructor(ctx, env) {
    super(ctx, env);
    const rows = (sql, ...values) => ctx.storage.sql.exec(sql, ...values).toArray();
    this.#operations = sqlOperations({ rows, run: rows });
  }

  /** Carries out one operation of the store. Called by `durableObject` over RPC. */
  async carryOut(name, op) {
    if (!OPERATIONS.includes(name)) throw new TypeError(`LoyaltyStore has no operation ${name}`);
    const { storage } = this.ctx;
    const reply = storage.transactionSync(() => {
      if (!this.#hasTables) for (const table of TABLES) storage.sql.exec(table);
      return this.#operations[name](op);
    });
    this.#hasTables = true;
    if (!this.#hasAlarm) {
      if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + SWEEP_MS);
      this.#hasAlarm = true;
    }
    return reply;
  }

  /** Forgets what has ended. An object with nothing left takes no space any more. */
  async alarm() {
    const { storage } = this.ctx;
    const now = Date.now();
    const { total, first } = storage.transactionSync(() => {
      for (const table of TABLES) storage.sql.exec(table);
      this.#operations.sweep(now - MARGIN_MS);
      return this.#operations.rest();
    });
    this.#hasAlarm = false;
    if (total === 0) {
      this.#hasTables = false;
      await storage.deleteAll();
    } else if (first !== null) {
      const next = Math.max(now + SWEEP_MS, first + MARGIN_MS);
      await storage.setAlarm(Math.min(next, now + LONGEST_MS));
      this.#hasAlarm = true;
    }
  }
}
