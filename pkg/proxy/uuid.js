/** Found once: on Node each look at the global `crypto` costs more than the number. */
const { crypto } = globalThis;

/** A random UUID. */
export const uuid = () => crypto.randomUUID();
