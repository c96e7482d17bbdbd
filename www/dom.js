/**
 * The few helpers this page needs to build elements. Text always goes in as text nodes: what a
 * server sends is shown, never run.
 *
 * @param {string} tag `section.panel` makes a section of that class.
 * @param {Record<string, any>} [props] Properties, or attributes where the name has a dash.
 * @param {...(Node | string | undefined | false)} children
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role" || key === "for") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element #${id}.`);
  return element;
}

/**
 * Says something to a screen reader without moving the focus.
 *
 * @param {string} text
 */
export function announce(text) {
  byId("live").textContent = text;
}

const numbers = new Intl.NumberFormat("en");
const signed = new Intl.NumberFormat("en", { signDisplay: "exceptZero" });
const dates = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** @param {number} value */
export const number = (value) => numbers.format(value).replace("-", "−");
/** @param {number} value */
export const change = (value) => signed.format(value).replace("-", "−");
/** @param {Date} value */
export const date = (value) => dates.format(value);

/**
 * Runs a task with its button busy, so that nobody starts it twice. `aria-disabled` instead of
 * `disabled` keeps the keyboard's focus where it was.
 *
 * @param {HTMLElement} button
 * @param {() => Promise<void>} task
 */
export async function busy(button, task) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await task();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}
