import { codeOf } from "./call.js";
import { line } from "./checks.js";

/**
 * Finds out on a test contact's account what nobody documents, one question after the other, and puts
 * the balance back where it was. What an answer doesn't prove is left open, and said.
 *
 * @typedef {import("./call.js").Call} Call
 * @typedef {import("./call.js").Answered | import("./call.js").Failed} Answer
 * @typedef {import("./checks.js").Line} Line
 */

const ACCOUNTS = "/loyalty-accounts/v1/accounts";
const APP = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
const TEXT = "loyalty-edge doctor";
const MAX_BALANCE = 999_999_999;
/** More could not be taken off again in one call. */
const MOST_POINTS = 9_000_000;
const DOCUMENTED_KEY = 128;
const LONGEST_KEY = 256;

/** What the sandbox does by default: an answer that differs is worth a look. */
export const DEFAULTS = {
  duplicateEarn: "reject",
  otherPayload: "reject",
  staleRevision: "reject",
  missingRevision: "ignore",
  belowZero: "reject",
  aboveMaximum: "reject",
  unknownField: "reject",
  bothIds: "reject",
  keyLength: DOCUMENTED_KEY,
  revisionBump: { earn: 1, adjust: 1 },
};

/** And how it words its refusals. */
export const ANSWERS = {
  accountExists: { status: 409, code: "ALREADY_EXISTS" },
  unknownContact: { status: 404, code: "NOT_FOUND" },
  duplicateEarn: { status: 409, code: "TRANSACTION_ALREADY_EXISTS" },
  otherPayload: { status: 409, code: "TRANSACTION_ALREADY_EXISTS" },
  staleRevision: { status: 409, code: "ABORTED" },
  missingRevision: { status: 400, code: "validationError" },
  belowZero: { status: 428, code: "INSUFFICIENT_POINTS" },
  aboveMaximum: { status: 400, code: "validationError" },
  unknownField: { status: 400, code: "validationError" },
  bothIds: { status: 400, code: "validationError" },
  keyLength: { status: 400, code: "validationError" },
};

/**
 * @param {Call} call
 * @param {string} contactId
 * @param {(line: Line) => void} tell
 * @returns {Promise<{ behaviour: Record<string, any> | undefined, notes: string[] }>}
 */
export async function probe(call, contactId, tell) {
  const started = await openAccount(call, contactId);
  if ("mend" in started) {
    tell(line("account", "fail", started.says, started.mend));
    return { behaviour: undefined, notes: [] };
  }
  const bench = benchOf(call, contactId, started.account, tell);
  if (started.opened)
    bench.notes.push(
      "An account was opened for the contact. Accounts can't be deleted, so it stays.",
    );
  try {
    for (const question of QUESTIONS) await question(bench);
  } finally {
    await restore(bench);
  }
  return { behaviour: bench.behaviour, notes: bench.notes };
}

/** @param {Call} call @param {string} contactId */
async function openAccount(call, contactId) {
  const found = await call(
    "GET",
    `${ACCOUNTS}/fetch-by?contactId=${encodeURIComponent(contactId)}`,
  );
  if (isDone(found)) return ready(found.json.account, false);
  if ("failed" in found || found.status !== 404) {
    return {
      says: `the contact's account can't be read (${outcome(found)})`,
      mend: "look at the lines above, and at --contact",
    };
  }
  const opened = await call("POST", ACCOUNTS, { contactId });
  if (isDone(opened)) return ready(opened.json.account, true);
  return {
    says: `no account can be opened for the contact (${outcome(opened)})`,
    mend: "give --contact the id of a contact of this site",
  };
}

/** @param {any} account @param {boolean} opened */
function ready(account, opened) {
  if (account.points.balance <= MOST_POINTS) return { account, opened };
  return {
    says: `the contact has ${account.points.balance} points`,
    mend: "give the id of a test contact, with few",
  };
}

/**
 * @param {Call} call @param {string} contactId @param {any} account @param {(line: Line) => void} tell
 */
function benchOf(call, contactId, account, tell) {
  /** @type {Record<string, any>} */
  const behaviour = {};
  /** @type {string[]} */
  const notes = [];
  const state = { balance: account.points.balance, revision: account.revision };
  const path = `${ACCOUNTS}/${account.id}`;

  /** @param {Answer} answer */
  const keep = (answer) => {
    const now = isDone(answer) ? answer.json.account : undefined;
    if (now?.points !== undefined)
      Object.assign(state, { balance: now.points.balance, revision: now.revision });
    return answer;
  };
  return {
    call,
    contactId,
    behaviour,
    notes,
    state,
    before: account.points.balance,
    earn: async (/** @type {string} */ idempotencyKey, amount = 1) =>
      keep(
        await call("POST", `${path}/earn-points`, {
          accountId: account.id,
          amount,
          appId: APP,
          description: TEXT,
          idempotencyKey,
        }),
      ),
    adjust: async (/** @type {object} */ fields) =>
      keep(
        await call("POST", `${path}/adjust-points`, {
          accountId: account.id,
          description: TEXT,
          ...fields,
        }),
      ),
    /** Writes a finding down, and how its refusal was worded. @param {string} name @param {unknown} value @param {Answer} [refusal] */
    found(name, value, refusal) {
      behaviour[name] = value;
      if (refusal !== undefined) this.refused(name, refusal);
      const usual =
        isSame(value, DEFAULTS[/** @type {keyof typeof DEFAULTS} */ (name)]) &&
        isUsual(name, refusal);
      const how = refusal === undefined ? "" : ` (${outcome(refusal)})`;
      tell(
        asFound(name, usual, `${typeof value === "object" ? JSON.stringify(value) : value}${how}`),
      );
    },
    /** @param {string} name @param {Answer} refusal */
    refused(name, refusal) {
      if ("failed" in refusal) return;
      const code = codeOf(refusal.json);
      if (code === undefined) return;
      behaviour.answers = { ...behaviour.answers, [name]: { status: refusal.status, code } };
    },
    /** @param {string} name @param {Answer} answer */
    unclear(name, answer) {
      tell(
        line(
          name,
          "warn",
          `could not be found out (${outcome(answer)})`,
          "run the doctor again; until then the sandbox does as by default",
        ),
      );
    },
    tell,
  };
}

/** @param {string} name @param {boolean} usual @param {string} says */
function asFound(name, usual, says) {
  if (usual) return line(name, "ok", says);
  return line(
    name,
    "warn",
    `${says}, where the sandbox does otherwise by default`,
    "load the report in your sandbox, so that your tests meet it",
  );
}

/** Whether a refusal is worded as the sandbox's. @param {string} name @param {Answer | undefined} refusal */
function isUsual(name, refusal) {
  if (refusal === undefined || "failed" in refusal) return true;
  const { status, code } = ANSWERS[/** @type {keyof typeof ANSWERS} */ (name)];
  return refusal.status === status && codeOf(refusal.json) === code;
}

/** @param {unknown} one @param {unknown} other */
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** @typedef {ReturnType<typeof benchOf>} Bench */

/** @type {((bench: Bench) => Promise<void>)[]} */
const QUESTIONS = [
  async function accounts(bench) {
    const again = await bench.call("POST", ACCOUNTS, { contactId: bench.contactId });
    const nobody = await bench.call("POST", ACCOUNTS, { contactId: crypto.randomUUID() });
    for (const [name, answer] of /** @type {const} */ ([
      ["accountExists", again],
      ["unknownContact", nobody],
    ])) {
      if (!isRefusal(answer)) bench.unclear(name, answer);
      else {
        bench.refused(name, answer);
        bench.tell(asFound(name, isUsual(name, answer), outcome(answer)));
      }
    }
  },

  async function repeats(bench) {
    const key = crypto.randomUUID();
    const { revision } = bench.state;
    const first = await bench.earn(key);
    if (!isDone(first)) return bench.unclear("duplicateEarn", first);
    bench.behaviour.revisionBump = { earn: bump(revision, bench), adjust: 1 };
    for (const [name, amount] of /** @type {const} */ ([
      ["duplicateEarn", 1],
      ["otherPayload", 2],
    ])) {
      const again = await bench.earn(key, amount);
      if (isRefusal(again)) bench.found(name, "reject", again);
      else if (!isDone(again)) bench.unclear(name, again);
      else if (again.json.transactionId === first.json.transactionId) bench.found(name, "replay");
      else {
        bench.notes.push(`${name}: one key paid twice.`);
        bench.tell(
          line(
            name,
            "fail",
            "one key paid twice: retries pay again",
            "do not go live; ask the service",
          ),
        );
      }
    }
  },

  async function revisions(bench) {
    const before = bench.state.revision;
    const current = await bench.adjust({ amount: 1, revision: before });
    if (!isDone(current)) return bench.unclear("revisionBump", current);
    const { earn } = bench.behaviour.revisionBump ?? { earn: 1 };
    bench.found("revisionBump", { earn, adjust: bump(before, bench) });
    const stale = String(BigInt(bench.state.revision) - 1n);
    await tolerance(
      bench,
      "staleRevision",
      await bench.adjust({ amount: 1, revision: stale === "0" ? "999999" : stale }),
    );
    await tolerance(bench, "missingRevision", await bench.adjust({ amount: 1 }));
  },

  async function belowZero(bench) {
    const { balance, revision } = bench.state;
    const answer = await bench.adjust({ amount: -(balance + 1), revision });
    if (isRefusal(answer)) return bench.found("belowZero", "reject", answer);
    if (!isDone(answer) || bench.state.balance < 0) return bench.unclear("belowZero", answer);
    return bench.found("belowZero", "clamp");
  },

  async function unknownField(bench) {
    const body = { query: { cursorPaging: { limit: 1 } }, loyaltyEdgeDoctor: true };
    await tolerance(bench, "unknownField", await bench.call("POST", `${ACCOUNTS}/query`, body));
  },

  async function bothIds(bench) {
    const ids = `contactId=${encodeURIComponent(bench.contactId)}&memberId=${crypto.randomUUID()}`;
    const answer = await bench.call("GET", `${ACCOUNTS}/fetch-by?${ids}`);
    if (isDone(answer)) return bench.found("bothIds", "contact");
    if ("failed" in answer || !isRefusal(answer)) return bench.unclear("bothIds", answer);
    return answer.status === 404
      ? bench.found("bothIds", "member")
      : bench.found("bothIds", "reject", answer);
  },

  async function keyLength(bench) {
    /** @type {Answer | undefined} */
    let refusal;
    const takes = async (/** @type {number} */ length) => {
      const answer = await bench.earn(freshKey(length));
      if (isRefusal(answer)) refusal = answer;
      return isDone(answer) ? true : isRefusal(answer) ? false : undefined;
    };
    const most = await longest(takes);
    if (most === undefined)
      return bench.unclear("keyLength", { failed: "an answer that proves nothing", ms: 0 });
    return bench.found("keyLength", most, most === LONGEST_KEY ? undefined : refusal);
  },

  async function aboveMaximum(bench) {
    const top = await bench.adjust({ balance: MAX_BALANCE, revision: bench.state.revision });
    if (!isDone(top)) return bench.unclear("aboveMaximum", top);
    const answer = await bench.adjust({ amount: 1, revision: bench.state.revision });
    if (isRefusal(answer)) return bench.found("aboveMaximum", "reject", answer);
    if (!isDone(answer) || bench.state.balance !== MAX_BALANCE)
      return bench.unclear("aboveMaximum", answer);
    return bench.found("aboveMaximum", "clamp");
  },
];

/** A key of this length that nobody had yet. @param {number} length */
function freshKey(length) {
  return crypto
    .randomUUID()
    .replaceAll("-", "")
    .repeat(Math.ceil(length / 32))
    .slice(0, length);
}

/** @param {Bench} bench @param {string} name @param {Answer} answer */
async function tolerance(bench, name, answer) {
  if (isDone(answer)) bench.found(name, "ignore");
  else if (isRefusal(answer)) bench.found(name, "reject", answer);
  else bench.unclear(name, answer);
}

/**
 * The longest key that is taken: the documented one, the longest there could be, or what lies between.
 *
 * @param {(length: number) => Promise<boolean | undefined>} takes
 */
export async function longest(takes) {
  const beyond = await takes(DOCUMENTED_KEY + 1);
  if (beyond === undefined) return undefined;
  let [good, bad] = beyond ? [DOCUMENTED_KEY + 1, LONGEST_KEY + 1] : [15, DOCUMENTED_KEY + 1];
  // The likely answers first: each question is a payment.
  for (const likely of beyond ? [LONGEST_KEY] : [DOCUMENTED_KEY]) {
    const taken = await takes(likely);
    if (taken === undefined) return undefined;
    if (taken) return likely;
    bad = likely;
  }
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const taken = await takes(middle);
    if (taken === undefined) return undefined;
    if (taken) good = middle;
    else bad = middle;
  }
  return good;
}

/** Puts the balance back. What was earned stays counted as earned. @param {Bench} bench */
async function restore(bench) {
  const { state, before } = bench;
  if (state.balance !== before) {
    let answer = await bench.adjust({ balance: before, revision: state.revision });
    if (!isDone(answer)) answer = await bench.adjust({ balance: before });
    if (!isDone(answer)) {
      bench.tell(
        line(
          "restored",
          "fail",
          `the balance could not be put back (${outcome(answer)})`,
          `set it to ${before} in the dashboard`,
        ),
      );
      return;
    }
  }
  bench.notes.push(
    "The balance is as it was; what was earned and adjusted on the way stays in the history.",
  );
  bench.tell(line("restored", "ok", `the balance is ${before} again`));
}

/** @param {string} before @param {Bench} bench */
function bump(before, { state }) {
  return Number(BigInt(state.revision) - BigInt(before));
}

/** @param {Answer} answer @returns {answer is import("./call.js").Answered} */
function isDone(answer) {
  return !("failed" in answer) && answer.status === 200 && answer.json !== undefined;
}

/** Refused for good: what may be otherwise a moment later proves nothing. @param {Answer} answer */
function isRefusal(answer) {
  return (
    !("failed" in answer) &&
    answer.status >= 400 &&
    answer.status < 500 &&
    ![401, 403, 408, 429].includes(answer.status)
  );
}

/** @param {Answer} answer */
function outcome(answer) {
  if ("failed" in answer) return answer.failed;
  const code = codeOf(answer.json);
  return code === undefined || !/^\w{1,60}$/.test(code)
    ? String(answer.status)
    : `${answer.status} ${code}`;
}
