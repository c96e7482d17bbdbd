import { attacks as all } from "./attacks/index.js";
import { skipped, through } from "./judge.js";
import { write } from "./request.js";
import { fact, hintFor, learn } from "./scene.js";
import { exchange } from "./wire.js";

/**
 * Runs the attacks, one after the other, at the pace that was asked for, within a number of requests
 * and a time. What the answers mean is the judges' business.
 *
 * @typedef {import("./judge.js").Answer} Answer
 * @typedef {import("./judge.js").Verdict} Verdict
 * @typedef {import("./request.js").Asked} Asked
 * @typedef {{ send: (asked: Asked) => Promise<Answer>, together: (asked: readonly Asked[]) => Promise<Answer[]> }} Io
 * @typedef {{
 *   name: string, class: string, rule: string, about: string, mend: string,
 *   needs: readonly string[], writes: boolean, passive?: boolean,
 *   run: (scene: any, io: Io) => Promise<Answer[]>,
 *   judge: import("./judge.js").Judge,
 * }} Attack
 * @typedef {{ attack: Attack, verdict: Verdict, answers: readonly Answer[] }} Finding
 */

const MAX_REQUESTS = 1000;
const MAX_WAIT_SECONDS = 65;
const LOOKS = 3;
const LOOK_MS = 300;

/**
 * @param {{
 *   base: URL, loopback: boolean, writes: boolean, version: string, tokens: Record<string, string | undefined>,
 *   origin?: string, expired?: string, jwks?: string, action: string, capped: string,
 *   memberAccount?: string, otherAccount?: string,
 *   timeoutMs: number, rate: number, maxSeconds: number,
 * }} options
 * @param {{ attacks?: readonly Attack[], onFinding?: (finding: Finding, at: number, of: number) => void }} [more]
 */
export async function runVerify(options, { attacks = all, onFinding = () => {} } = {}) {
  const started = Date.now();
  const io = createIo(options, started + options.maxSeconds * 1000);
  const first = await io.send({ path: "/healthz" });
  if (first.reply === undefined) return { reached: false, why: first.none, findings: [] };
  const { scene, wrong, same, strange } = await learn(io, options, first);
  if (wrong.length > 0 || same || strange !== undefined)
    return { reached: true, wrong, same, strange, findings: [] };

  /** @type {Finding[]} */
  const findings = [];
  let dead = false;
  for (const attack of attacks) {
    const finding = await one(attack, { io, scene, dead, writes: options.writes });
    dead ||= finding.died === true;
    findings.push(finding);
    onFinding(finding, findings.length, attacks.length);
  }
  return { reached: true, findings, requests: io.count(), ms: Date.now() - started };
}

/**
 * @param {Attack} attack
 * @param {{ io: ReturnType<typeof createIo>, scene: any, dead: boolean, writes: boolean }} state
 * @returns {Promise<Finding & { died?: boolean }>}
 */
async function one(attack, { io, scene, dead, writes }) {
  const skip = (/** @type {string} */ why) => ({ attack, verdict: skipped(why), answers: [] });
  if (attack.passive) {
    const answers = io.log();
    return { attack, verdict: attack.judge(answers, scene), answers };
  }
  if (dead) return skip("the proxy no longer answers");
  const missing = attack.needs.find((name) => fact(scene, name) === undefined);
  if (missing !== undefined) return skip(hintFor(scene, missing));
  if (attack.writes && !writes)
    return skip("could change points: on another host only with --writes");
  if (io.isOver()) return skip("out of requests or time: see --seconds");

  let answers = await attack.run(scene, io);
  let verdict = attack.judge(answers, scene);
  const status = verdict.result === "through" ? (answers[verdict.at ?? 0]?.reply?.status ?? 0) : 0;
  if (status >= 500) {
    // Once may be an accident of the upstream; twice is an answer.
    answers = await attack.run(scene, io);
    verdict = attack.judge(answers, scene);
  }
  if (answers.some(({ reply }) => reply === undefined) && !(await io.isAlive())) {
    const at = answers.findIndex(({ reply }) => reply === undefined);
    return {
      attack,
      verdict: through("the proxy no longer answers after it", at),
      answers,
      died: true,
    };
  }
  return { attack, verdict, answers };
}

/**
 * @param {Parameters<typeof runVerify>[0]} options
 * @param {number} deadline
 */
function createIo(options, deadline) {
  const { base, timeoutMs, rate } = options;
  const place = {
    host: base.hostname,
    port: Number(base.port || (base.protocol === "https:" ? 443 : 80)),
    tls: base.protocol === "https:",
  };
  const tokens = /** @type {Record<string, string>} */ (options.tokens);
  const pause = 1000 / rate;
  /** @type {Answer[]} */
  const log = [];
  let count = 0;
  let next = 0;

  /** @param {Asked} asked @returns {Promise<Answer>} */
  async function once(asked) {
    const { bytes, line, body, method } = write(asked, { base, tokens, version: options.version });
    count += 1;
    const outcome = await exchange(place, bytes, { timeoutMs, head: method === "HEAD" });
    const about = {
      line,
      body,
      as: asked.as,
      sent: bytes.toString("latin1"),
      path: asked.path ?? line,
    };
    const answer =
      "none" in outcome ? { ...about, none: outcome.none } : { ...about, reply: outcome };
    log.push(answer);
    return answer;
  }

  async function pace() {
    const wait = next - Date.now();
    next = Math.max(next, Date.now()) + pause;
    if (wait > 0) await sleep(wait);
  }

  return {
    /** @param {Asked} asked */
    async send(asked) {
      await pace();
      const answer = await once(asked);
      const seconds = retryAfter(answer);
      if (seconds === undefined || Date.now() + seconds * 1000 > deadline) return answer;
      // It asked us to come back later, and that is what a polite attacker does, once.
      await sleep(seconds * 1000);
      return once(asked);
    },
    /** @param {readonly Asked[]} asked All at once: this is the point of it. */
    async together(asked) {
      await pace();
      next += pause * (asked.length - 1);
      return Promise.all(asked.map(once));
    },
    async isAlive() {
      for (let look = 0; look < LOOKS; look += 1) {
        const { reply } = await once({ path: "/healthz" });
        if (reply !== undefined) return true;
        await sleep(LOOK_MS);
      }
      return false;
    },
    isOver: () => count >= MAX_REQUESTS || Date.now() > deadline,
    count: () => count,
    log: () => log,
  };
}

/** @param {Answer} answer */
function retryAfter({ reply }) {
  if (reply === undefined || (reply.status !== 429 && reply.status !== 503)) return undefined;
  const value = reply.headers.find(([name]) => name === "retry-after")?.[1] ?? "";
  const seconds = /^\d{1,5}$/.test(value) ? Number(value) : 1;
  return seconds <= MAX_WAIT_SECONDS ? seconds : undefined;
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
