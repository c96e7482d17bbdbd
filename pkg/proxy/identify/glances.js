/**
 * For functions that identify: how they know a caller without waiting, if they do. By the function: whoever puts one of
 * his own around it is asked himself.
 *
 * @type {WeakMap<Function, (token: string | null, now: number, proxy: any) => object | undefined>} Gives the same object
 *   for the same caller, and `undefined` where it has to be asked.
 */
export const glances = new WeakMap();
