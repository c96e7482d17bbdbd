import type { StoreOperation } from "../index.js";

/**
 * The Durable Object behind {@link durableObject}, with SQLite storage. Export it from your Worker's main module:
 *
 * ```js
 * export { LoyaltyStore } from "loyalty-edge/proxy/durable-object";
 * ```
 *
 * and name it in wrangler's configuration, under `durable_objects.bindings` and `migrations.new_sqlite_classes`.
 */
export class LoyaltyStore {
  constructor(context: object, env: unknown);
  /** Carries out one operation. For {@link durableObject}, over RPC. */
  carryOut(name: StoreOperation, operation: object): Promise<object>;
  /** Forgets what has ended. Called by the platform. */
  alarm(): Promise<void>;
}
