import { createClient } from "loyalty-edge";
import { announce, busy, byId, h } from "./dom.js";
import { failure } from "./failure.js";
import { forbiddenPanel } from "./forbidden.js";
import { memberView } from "./member.js";
import { readCast, session, tokenFor } from "./session.js";
import { staffView } from "./staff.js";
import { visitorView } from "./visitor.js";

/** Puts the page together: who you are at the top, what you may do below, what nobody may beside it. */
async function start() {
  const view = byId("view");
  let cast;
  try {
    cast = await readCast();
  } catch (error) {
    view.replaceChildren(failure("The demo is not running.", error, () => location.reload()));
    return;
  }
  const client = createClient({ proxy: cast.proxy, token: () => session.token });

  const people = [
    { kind: "visitor", title: "Visitor" },
    ...cast.members.map((member) => ({
      kind: "member",
      title: member.name,
      as: member.memberId,
      member,
    })),
    { kind: "staff", title: "Staff", as: "staff" },
    { kind: "staff", title: "Admin", as: "admin" },
  ];
  const buttons = people.map((person) =>
    h(
      "button.chip",
      {
        type: "button",
        "aria-pressed": "false",
        onclick: (/** @type {Event} */ event) =>
          busy(/** @type {HTMLElement} */ (event.currentTarget), () => become(person)),
      },
      person.title,
    ),
  );
  byId("who").replaceChildren(...buttons);

  let latest = 0;
  /** @param {any} person */
  async function become(person) {
    latest += 1;
    const mine = latest;
    try {
      const token = person.as && (await tokenFor(person.as));
      // Somebody may have chosen another person while this one's token was on its way.
      if (mine !== latest) return;
      session.token = token;
    } catch (error) {
      if (mine === latest) view.replaceChildren(failure("Sign-in failed.", error));
      return;
    }
    session.who = person;
    people.forEach((each, index) => {
      buttons[index].setAttribute("aria-pressed", String(each === person));
    });
    announce(person.kind === "visitor" ? "You are a visitor." : `Signed in as ${person.title}.`);
    show();
  }

  function show() {
    const { kind } = session.who;
    if (kind === "member") view.replaceChildren(memberView(client, cast));
    else if (kind === "staff") view.replaceChildren(staffView(client));
    else view.replaceChildren(visitorView(client));
  }

  byId("forbidden").replaceChildren(forbiddenPanel(cast));
  await become(people[0]);
}

start();
