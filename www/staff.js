import { announce, busy, h, number } from "./dom.js";
import { explain, failure } from "./failure.js";

/**
 * Staff look an account up and put its points right.
 *
 * @typedef {import("loyalty-edge").LoyaltyClient} LoyaltyClient
 * @param {LoyaltyClient} client
 */
export function staffView(client) {
  const results = h("div");
  const selected = h("div.stack");

  const input = h("input", {
    type: "search",
    id: "search",
    maxLength: 100,
    autocomplete: "off",
    placeholder: "Name or e-mail",
  });
  const button = h("button.primary", { type: "submit" }, "Search");

  async function search() {
    const expression = input.value.trim();
    try {
      const { accounts, pagingMetadata } = await client.accounts.searchAccounts({
        ...(expression && { search: { expression } }),
        cursorPaging: { limit: 8 },
      });
      announce(`${accounts.length} accounts found.`);
      results.replaceChildren(
        accounts.length === 0
          ? h("p.muted", {}, "No account matches.")
          : h("ul.plain.results", {}, ...accounts.map(result)),
        h(
          "p.small.muted",
          {},
          pagingMetadata?.cursors?.next ? "There are more: narrow it down." : "",
        ),
      );
    } catch (error) {
      results.replaceChildren(failure("The search failed.", error));
    }
  }

  /** Shows an account's figure in the list too. @param {any} account */
  function update({ _id, points }) {
    const row = results.querySelector(`[data-account="${_id}"] .amount`);
    if (row !== null) row.textContent = number(points.balance);
  }

  /** @param {any} account */
  function result(account) {
    const pick = h(
      "button.result",
      { type: "button", "data-account": account._id },
      h("span", {}, h("strong", {}, nameOf(account)), h("br"), emailOf(account)),
      h("span.amount", {}, number(account.points.balance)),
    );
    pick.addEventListener("click", () => busy(pick, () => open(account._id)));
    return h("li", {}, pick);
  }

  /** @param {string} id */
  async function open(id) {
    try {
      // Read anew: the revision of a search result may be old by now.
      const account = await client.accounts.getAccount(id);
      selected.replaceChildren(adjustPanel(client, account, update));
      for (const row of results.querySelectorAll("[data-account]")) {
        row.setAttribute("aria-current", String(row.getAttribute("data-account") === id));
      }
      selected.querySelector("h2")?.focus();
    } catch (error) {
      selected.replaceChildren(failure("The account can't be read.", error, () => open(id)));
    }
  }

  const form = h(
    "form.search",
    {
      role: "search",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        busy(button, search);
      },
    },
    h("label", { for: "search" }, "Search accounts"),
    h("div.line", {}, input, button),
  );
  search();

  return h(
    "div.stack",
    {},
    h(
      "section.panel",
      { "aria-labelledby": "staff-title" },
      h("h2", { id: "staff-title" }, "Accounts"),
      form,
      results,
    ),
    selected,
  );
}

/** @param {any} account */
const nameOf = ({ contact }) => contact?.displayName ?? contact?.name ?? "Without a name";

/** An e-mail address, broken before its @ where a line is too short. @param {any} account */
function emailOf({ contact }) {
  const [name, ...rest] = (contact?.email ?? "no e-mail address").split("@");
  return h("span.small.muted", {}, name, ...rest.flatMap((part) => [h("wbr"), `@${part}`]));
}

/**
 * @param {LoyaltyClient} client
 * @param {any} account
 * @param {(account: any) => void} onChanged
 */
function adjustPanel(client, account, onChanged) {
  let current = account;
  const balance = h("span.amount", { id: "selected-balance" });
  const revision = h("code");
  const outcome = h("div.outcome");
  const amount = h("input", {
    id: "amount",
    type: "number",
    inputMode: "numeric",
    step: "1",
    required: true,
    "aria-describedby": "amount-help",
  });
  const reason = h("input", { id: "reason", maxLength: 100, value: "Goodwill", required: true });
  const button = h("button.primary", { type: "submit" }, "Adjust");

  /** @param {any} next */
  function show(next) {
    current = next;
    balance.textContent = `${number(next.points.balance)} points`;
    revision.textContent = next.revision;
    onChanged(next);
  }

  async function adjust() {
    try {
      const { account: next } = await client.accounts.adjustPoints(current._id, {
        amount: amount.valueAsNumber,
        description: reason.value.trim(),
        revision: current.revision,
      });
      show(next);
      outcome.replaceChildren(h("p.good", {}, "Done. The history shows it as an adjustment."));
      announce(`Adjusted. The balance is ${number(next.points.balance)} points.`);
    } catch (error) {
      if (explain(error).code === "REVISION_CONFLICT") await refresh();
      outcome.replaceChildren(failure("Nothing was adjusted.", error));
    }
  }

  /** Somebody else was faster: staff should decide on the figure that stands now. */
  async function refresh() {
    try {
      show(await client.accounts.getAccount(current._id));
    } catch {
      // The adjustment's own error is on its way to the page; the old figure must not stay.
      balance.textContent = "unknown";
    }
  }

  show(account);
  return h(
    "section.panel",
    { "aria-labelledby": "adjust-title" },
    h("h2", { id: "adjust-title", tabIndex: -1 }, nameOf(account)),
    h("p", {}, balance, h("span.small.muted", {}, " at revision ", revision)),
    h(
      "form.fields",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          busy(button, adjust);
        },
      },
      h(
        "div.field",
        {},
        h("label", { for: "amount" }, "Points to add or take"),
        amount,
        h("p.small.muted", { id: "amount-help" }, "A negative number takes points away."),
      ),
      h("div.field", {}, h("label", { for: "reason" }, "Reason"), reason),
      button,
    ),
    outcome,
  );
}
