// Waits for a coupon in the making. Loaded behind the first redemption whose coupon is not there at once; it imports
// nothing, so that a bundler leaves what a page has already in one file.

/** How long to look after it, and how long to wait between looks at first. */
const MAKING_MS = 10_000;
const FIRST_LOOK_MS = 100;

/**
 * Looks until the coupon is there or failed, and gives what was seen last. Never rejects.
 *
 * @param {any} coupon
 * @param {number} began When the redemption was asked for.
 * @param {import("./index.js").CallOptions | undefined} options
 * @param {(ms: number, signal?: AbortSignal) => Promise<void>} wait
 * @param {(options: import("./index.js").CallOptions) => Promise<any>} look Gives the caller's coupons.
 */
export async function made(coupon, began, options, wait, look) {
  const { signal, timeoutMs = MAKING_MS } = options ?? {};
  const left = () => Math.min(timeoutMs, MAKING_MS) - (Date.now() - began);
  let found = coupon;
  for (let pause = FIRST_LOOK_MS; found.status === "PENDING" && left() > pause; pause *= 2) {
    try {
      await wait(pause, signal);
      const { loyaltyCoupons } = await look({
        signal,
        timeoutMs: Math.max(left(), 1),
        fresh: true,
      });
      found = loyaltyCoupons.find(({ _id }) => _id === coupon._id) ?? found;
    } catch {
      break;
    }
  }
  return found;
}
