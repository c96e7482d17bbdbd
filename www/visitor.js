import { h } from "./dom.js";
import { failure } from "./failure.js";

/**
 * What anybody may see: the program.
 *
 * @param {import("loyalty-edge").LoyaltyClient} client
 */
export function visitorView(client) {
  const body = h("div", {}, h("p.muted", {}, "Reading the program…"));

  async function read() {
    try {
      const { loyaltyProgram } = await client.programs.getLoyaltyProgram();
      const points = loyaltyProgram.pointDefinition?.customName || "Points";
      body.replaceChildren(
        h("p.figure", {}, loyaltyProgram.name ?? "Loyalty program"),
        h("p.muted", {}, `Collects ${points}. Status: ${loyaltyProgram.status}.`),
        h("p", {}, "Choose a member above to see a balance, or staff to look after the accounts."),
      );
    } catch (error) {
      body.replaceChildren(failure("The program can't be read.", error, read));
    }
  }
  read();

  return h(
    "section.panel",
    { "aria-labelledby": "visitor-title" },
    h("h2", { id: "visitor-title" }, "The program"),
    body,
  );
}
