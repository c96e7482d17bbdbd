import { GROUPS } from "./attacks.js";
import { announce, busy, h, number } from "./dom.js";
import { session, tokenFor } from "./session.js";

/**
 * The panel that tries what is forbidden. It acts as the member who is signed in, or as the first
 * of the cast, against another member.
 *
 * @typedef {import("./attacks.js").Attack} Attack
 * @typedef {import("./attacks.js").Scene} Scene
 * @typedef {import("./session.js").Member} Member
 *
 * @param {{ proxy: string, members: Member[] }} cast
 */
export function forbiddenPanel(cast) {
  const rows = new Map();
  const summary = h("div.outcome", { id: "verdict" });
  const all = h("button.primary", { type: "button", id: "try-all" }, "Try them all");
  all.addEventListener("click", () => busy(all, tryAll));

  async function scene() {
    const me = session.who.member ?? cast.members[0];
    const other = cast.members.find(({ memberId }) => memberId !== me.memberId);
    const token = session.who.member ? session.token : await tokenFor(me.memberId);
    return /** @type {Scene} */ ({ me, other, token });
  }

  /** @param {Attack} attack @param {Scene} on */
  async function tryOne(attack, on) {
    const row = rows.get(attack.id);
    row.show(h("span.muted", {}, "trying…"));
    const outcome = await send(cast.proxy, attack.attempt(on), on.token);
    row.show(verdict(outcome));
    return outcome.refused;
  }

  async function tryAll() {
    summary.replaceChildren(h("p.muted", {}, "Trying…"));
    try {
      const on = await scene();
      const before = await balance(cast.proxy, on.token);
      const attacks = GROUPS.flatMap((group) => group.attacks);
      let refused = 0;
      for (const attack of attacks) if (await tryOne(attack, on)) refused += 1;
      const after = await balance(cast.proxy, on.token);
      const held = refused === attacks.length && before === after;
      const text =
        `${refused} of ${attacks.length} refused. ` +
        `${on.me.name}’s balance: ${number(before)} before, ${number(after)} after.`;
      summary.replaceChildren(h(held ? "p.good" : "p.bad", {}, text));
      announce(text);
    } catch (error) {
      summary.replaceChildren(h("p.bad", { role: "alert" }, reason(error)));
    }
  }

  const panel = h(
    "div",
    {},
    h("h2", { id: "forbidden-title" }, "Try what is forbidden"),
    h(
      "p.small.muted",
      {},
      "Each is a real request to the proxy, made as the member who is signed in, or as ",
      `${cast.members[0].name} if none is.`,
    ),
    all,
    summary,
    ...GROUPS.map((group) =>
      h(
        "section",
        {},
        h("h3", {}, group.title),
        h("ul.plain.attacks", {}, ...group.attacks.map(rowOf)),
      ),
    ),
  );

  /** @param {Attack} attack */
  function rowOf(attack) {
    const result = h("p.result-line", {}, h("span.muted", {}, "not tried yet"));
    const button = h(
      "button.quiet",
      { type: "button", "aria-label": `Try: ${attack.title}` },
      "Try",
    );
    button.addEventListener("click", () =>
      busy(button, async () => {
        try {
          await tryOne(attack, await scene());
          announce(`${attack.title}: ${result.textContent}`);
        } catch (error) {
          result.replaceChildren(h("span.bad", { role: "alert" }, reason(error)));
        }
      }),
    );
    rows.set(attack.id, { show: (/** @type {Node} */ node) => result.replaceChildren(node) });
    return h(
      "li.attack",
      { "data-attack": attack.id },
      h("div", {}, h("p", {}, attack.title), h("p.small.muted", {}, attack.about)),
      button,
      result,
    );
  }

  return panel;
}

/**
 * @typedef {{ refused: boolean, status: number, code: string }} Outcome
 *
 * @param {string} proxy
 * @param {import("./attacks.js").Attempt} attempt
 * @param {string} token
 * @returns {Promise<Outcome>}
 */
async function send(proxy, { path, method = "GET", body, headers = {} }, token) {
  const all = {
    authorization: `Bearer ${token}`,
    "x-loyalty-client": "loyalty-edge-demo/1",
    ...(body !== undefined && {
      "content-type": "application/json",
      "idempotency-key": crypto.randomUUID(),
    }),
    ...headers,
  };
  const kept = Object.entries(all).filter(([, value]) => value !== undefined);
  const response = await fetch(proxy + path, { method, body, headers: Object.fromEntries(kept) });
  const answer = await response.json().catch(() => ({}));
  return {
    refused: response.status >= 400 && response.status < 500,
    status: response.status,
    code: typeof answer?.code === "string" ? answer.code : "no code",
  };
}

/** @param {Outcome} outcome */
function verdict({ refused, status, code }) {
  return h(
    refused ? "span.good" : "span.bad",
    {},
    refused ? "refused" : status < 300 ? "went through" : "failed",
    " ",
    h("code", {}, `${status} ${code}`),
  );
}

/**
 * @param {string} proxy
 * @param {string} token
 */
async function balance(proxy, token) {
  const response = await fetch(`${proxy}/loyalty-accounts/v1/accounts/my-account`, {
    headers: { authorization: `Bearer ${token}`, "x-loyalty-client": "loyalty-edge-demo/1" },
  });
  if (!response.ok) throw new Error(`The balance can't be read (${response.status}).`);
  return (await response.json()).account.points.balance;
}

/** @param {unknown} error */
const reason = (error) => (error instanceof Error ? error.message : String(error));
