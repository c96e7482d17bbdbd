import { announce, busy, change, date, h, number } from "./dom.js";
import { explain, failure } from "./failure.js";

/**
 * A member's own page: the balance, the ways to earn, the history.
 *
 * @typedef {import("loyalty-edge").LoyaltyClient} LoyaltyClient
 * @typedef {import("./session.js").Action} Action
 *
 * @param {LoyaltyClient} client
 * @param {{ actions: Action[] }} cast
 */
export function memberView(client, cast) {
  const balance = balanceCard(client);
  const history = historyPanel(client);
  const earn = earnPanel(client, cast.actions, (account) => {
    balance.show(account);
    history.read();
  });
  balance.read();
  history.read();
  const view = h("div.stack", {}, balance.element, earn, history.element);
  return view;
}

/** @param {LoyaltyClient} client */
function balanceCard(client) {
  const body = h("div.card-body", {}, h("p", {}, "Reading the balance…"));

  /** @param {any} account */
  function show({ points, contact, tier }) {
    const parts = [
      ["Earned", points.earned],
      ["Adjusted", points.adjusted],
      ["Redeemed", points.redeemed],
      ["Expired", points.expired],
    ];
    body.replaceChildren(
      h("p.card-name", {}, contact?.displayName ?? contact?.name ?? "Your points"),
      h(
        "p.balance",
        { id: "balance" },
        h("span.balance-number", {}, number(points.balance)),
        h("span.balance-unit", {}, " points"),
      ),
      h(
        "dl.parts",
        {},
        ...parts.map(([label, value]) =>
          h("div", {}, h("dt", {}, label), h("dd", {}, number(value ?? 0))),
        ),
      ),
      tier?.points !== undefined &&
        h("p.small", {}, `${number(tier.points)} towards the next tier`),
    );
  }

  async function read() {
    try {
      const { account } = await client.accounts.getCurrentMemberAccount();
      show(account);
      announce(`Your balance is ${number(account.points.balance)} points.`);
    } catch (error) {
      // No figure at all: a balance that couldn't be read is not a balance of 0.
      body.replaceChildren(failure("Your balance can't be read.", error, read));
    }
  }

  const element = h(
    "section.card",
    { "aria-labelledby": "balance-title" },
    h("h2", { id: "balance-title" }, "Your balance"),
    body,
  );
  return { element, show, read };
}

const PRODUCTS = ["Blue teapot", "Wool scarf", "Oak chair", "Mountain honey"];

/**
 * @param {LoyaltyClient} client
 * @param {Action[]} actions
 * @param {(account: any) => void} onEarned
 */
function earnPanel(client, actions, onEarned) {
  const outcome = h("div.outcome");

  /**
   * @param {Action} action
   * @param {string} [subject]
   */
  async function earn(action, subject) {
    try {
      const { account } = await client.points.earn(action.name, subject ? { subject } : {});
      outcome.replaceChildren(
        h("p.good", {}, `${action.description}: ${number(action.amount)} points earned.`),
      );
      announce(`Earned. Your balance is ${number(account.points.balance)} points.`);
      onEarned(account);
    } catch (error) {
      const { code } = explain(error);
      const title = code === "LIMIT_REACHED" ? "Enough of that for now." : "Nothing was earned.";
      outcome.replaceChildren(failure(title, error));
    }
  }

  const rows = actions.map((action) => {
    const perSubject = action.limit?.perSubject !== undefined;
    const select =
      perSubject &&
      h(
        "select",
        { "aria-label": `${action.description}: of which product` },
        ...PRODUCTS.map((name) => h("option", { value: slug(name) }, name)),
      );
    const button = h(
      "button.primary",
      { type: "button", "data-action": action.name },
      h("span.visually-hidden", {}, `${action.description}: `),
      `Earn ${number(action.amount)}`,
    );
    button.addEventListener("click", () =>
      busy(button, () => earn(action, select ? select.value : undefined)),
    );
    return h(
      "li.earn",
      {},
      h("div", {}, h("p.earn-name", {}, action.description), h("p.small.muted", {}, rule(action))),
      select,
      button,
    );
  });

  return h(
    "section.panel",
    { "aria-labelledby": "earn-title" },
    h("h2", { id: "earn-title" }, "Earn"),
    h(
      "p.small.muted",
      {},
      "The page names the deed. What it is worth stands in the proxy's policy.",
    ),
    h("ul.plain", {}, ...rows),
    outcome,
  );
}

/** @param {Action} action */
function rule({ limit }) {
  const parts = [];
  if (limit?.perMemberPerDay) parts.push(`${times(limit.perMemberPerDay)} a day`);
  if (limit?.perSubject) parts.push(`${times(limit.perSubject)} for each product`);
  return parts.join(", ");
}

/** @param {number} count */
const times = (count) => (count === 1 ? "once" : `${count} times`);

/** @param {string} name */
const slug = (name) => name.toLowerCase().replaceAll(" ", "-");

const PAGE = 8;

/** @param {LoyaltyClient} client */
function historyPanel(client) {
  const list = h("ol.plain.history", { id: "history" });
  const foot = h("div");
  let reading = 0;

  async function read() {
    reading += 1;
    const mine = reading;
    const transactions = client.points.history();
    list.setAttribute("aria-busy", "true");
    const first = await take(transactions);
    // A second reading (after an earn) may have begun: the newest one speaks.
    if (mine !== reading) return;
    list.removeAttribute("aria-busy");
    list.replaceChildren();
    add(first, transactions);
  }

  /**
   * @param {Awaited<ReturnType<typeof take>>} page
   * @param {AsyncIterator<any>} transactions
   */
  function add(page, transactions) {
    list.append(...page.items.map(row));
    if (page.error) {
      foot.replaceChildren(failure("The history can't be read.", page.error, read));
    } else if (page.done) {
      const none = list.childElementCount === 0;
      foot.replaceChildren(h("p.small.muted", {}, none ? "Nothing yet." : "That is all of it."));
    } else {
      const more = h("button.quiet", { type: "button" }, "Show more");
      more.addEventListener("click", () =>
        busy(more, async () => add(await take(transactions), transactions)),
      );
      foot.replaceChildren(more);
    }
  }

  const element = h(
    "section.panel",
    { "aria-labelledby": "history-title" },
    h("h2", { id: "history-title" }, "History"),
    list,
    foot,
  );
  return { element, read };
}

/**
 * The next few of an iterator; an error after some of them doesn't lose those.
 *
 * @param {AsyncIterator<any>} iterator
 */
async function take(iterator) {
  const items = [];
  try {
    while (items.length < PAGE) {
      const { done, value } = await iterator.next();
      if (done) return { items, done: true };
      items.push(value);
    }
    return { items, done: false };
  } catch (error) {
    return { items, done: true, error };
  }
}

/** @param {any} transaction */
function row(transaction) {
  const amount = effect(transaction);
  return h(
    "li.entry",
    { "data-transaction": transaction._id },
    h(
      "div",
      {},
      h(
        "p",
        {},
        transaction.description || (UNDESCRIBED[transaction.transactionType] ?? "Points changed"),
      ),
      h(
        "p.small.muted",
        {},
        h("span.tag", {}, title(transaction.transactionType)),
        " ",
        h(
          "time",
          { dateTime: transaction._createdDate.toISOString() },
          date(transaction._createdDate),
        ),
      ),
    ),
    h(amount < 0 ? "p.amount.less" : "p.amount.more", {}, change(amount)),
  );
}

/**
 * What a transaction did to the balance. `amount` of an adjustment may come without a sign, so its
 * before and after decide.
 *
 * @param {any} transaction
 */
function effect({ transactionType, amount, adjustInfo }) {
  if (transactionType === "REDEEM" || transactionType === "EXPIRE") return -Math.abs(amount);
  if (transactionType === "ADJUST" && adjustInfo?.amountAfter !== undefined) {
    return adjustInfo.amountAfter - (adjustInfo.amountBefore ?? 0);
  }
  return amount;
}

/** Redemptions and expiries come without a description. @type {Record<string, string>} */
const UNDESCRIBED = {
  EARN: "Points earned",
  REDEEM: "Points redeemed",
  ADJUST: "Points adjusted",
  REFUND: "Points given back",
  EXPIRE: "Points expired",
};

/** @param {string} word */
const title = (word) => word.charAt(0) + word.slice(1).toLowerCase();
