import { headersOf, initOf, replyOf } from "../send.js";
import { NoCredential, insideOf } from "./credential.js";

// An opened credential: sends a call with the key that upstream accepts, and knows what no answer may repeat.

const isPromise = (value) => typeof value?.then === "function";

/** Shorter texts stand in answers by chance. */
const MIRROR_LENGTH = 16;

/**
 * @param {object} credential
 * @param {import("./credential.js").World} world
 */
export function openRing(credential, world) {
  const inside = insideOf(credential);
  if (inside === undefined) throw new TypeError("not a credential");
  const keys = inside.open(world);
  /** Where to begin: the key that upstream accepted last. */
  let first = 0;

  /**
   * Sends a call; a key that upstream refuses with 401 gives way to the next. A refusal means that nothing happened,
   * so writes are sent again too.
   *
   * @param {import("../send.js").Call} call
   * @returns {Promise<import("../send.js").Reply>} The last refusal, where no key is accepted.
   */
  async function send(call) {
    let refusal;
    let missing;
    for (let turn = 0, start = first; turn < keys.length; turn += 1) {
      const at = (start + turn) % keys.length;
      try {
        const answer = await sendWith(keys[at], call);
        if (answer.status !== 401) {
          if (at !== first) world.log(`credential: upstream accepts number ${at + 1} now`);
          first = at;
          return answer;
        }
        if (keys.length > 1) world.log(`credential: upstream refused number ${at + 1}`);
        refusal = answer;
      } catch (error) {
        if (!(error instanceof NoCredential)) throw error;
        missing = error;
      }
    }
    if (refusal === undefined) throw missing;
    return refusal;
  }

  async function sendWith(key, call) {
    for (let again = false; ; again = true) {
      const headers = headersOf(call);
      const attached = key.attach(headers);
      const ticket = isPromise(attached) ? await attached : attached;
      // What waited for a token may be late: nothing is sent that nobody waits for.
      if (call.stop.hasStopped) throw new Error("nobody waits any more");
      const answer = await sendAs(key, call, headers);
      if (answer.status !== 401 || again || key.renew?.(ticket) !== true) return answer;
    }
  }

  async function sendAs(key, call, headers) {
    if (key.send === undefined) return world.send(call, headers);
    return replyOf(await key.send(call.upstream + call.path, initOf(call, headers)), call.maxBytes);
  }

  return {
    send,
    /** @param {string} text Whether it holds a secret: an upstream that sends one back is not listened to. */
    isIn: (text) =>
      keys.some((key) =>
        key.secrets().some((secret) => secret.length >= MIRROR_LENGTH && text.includes(secret)),
      ),
  };
}
