// A sandbox whose rows are in a store: read back, or made and written there. The key that signs its
// events is kept with them, or a receiver would refuse them after a restart.
import { Everything, Opening, Sandbox as Machine } from "../wasm/sandbox/sandbox.js";

/**
 * @param {import("./index.js").SandboxStore} store
 * @param {string} options JSON text of what was said for this start.
 * @returns {Promise<Machine>} A machine that notes what every call writes.
 */
export async function openKept(store, options) {
  try {
    return (await read(store, options)) ?? make(store, options);
  } catch (error) {
    // The state machine's own sentences come as strings.
    throw typeof error === "string" ? new Error(`${store.name}: ${error}`) : error;
  }
}

async function read(store, options) {
  const opening = new Opening(options, Date.now());
  let isEmpty = true;
  try {
    for await (const piece of store.load(opening.format)) {
      isEmpty = false;
      opening.rows(piece);
    }
  } catch (error) {
    opening.free();
    throw error;
  }
  if (isEmpty) {
    opening.free();
    return undefined;
  }
  const machine = opening.finish(); // which frees it
  store.commit([machine.changes()]);
  return machine;
}

function make(store, options) {
  const machine = new Machine(options, Date.now());
  store.commit(pieces(machine));
  machine.keep();
  return machine;
}

function* pieces(machine) {
  const everything = new Everything();
  try {
    for (;;) {
      const piece = everything.piece(machine);
      if (piece.length === 0) return;
      yield piece;
    }
  } finally {
    everything.free();
  }
}

/**
 * The key of a kept machine: the one that it was kept with, or a new one that is kept from now on.
 *
 * @param {Machine} machine
 * @param {import("./index.js").SandboxStore} store
 * @param {typeof import("./signer.js").createSigner} createSigner
 */
export async function keptSigner(machine, store, createSigner) {
  const kept = machine.signingKey();
  if (kept !== undefined) return createSigner(JSON.parse(kept));
  const signer = await createSigner();
  if (signer === undefined) return undefined;
  machine.keepSigningKey(JSON.stringify(await signer.keys()));
  store.commit([machine.changes()]);
  return signer;
}
