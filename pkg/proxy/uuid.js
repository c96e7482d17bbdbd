/** Found once: on Node each look at the global runs a getter. */
const { crypto } = globalThis;

/** A random UUID. */
export const uuid = () => crypto.randomUUID();
