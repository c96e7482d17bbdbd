import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { become, openDemo, startBoth } from "./demo.js";

const SIZES = [
  ["a small phone", { width: 320, height: 640 }],
  ["a phone", { width: 360, height: 780 }],
  ["a tablet", { width: 768, height: 1024 }],
  ["a desk", { width: 1280, height: 900 }],
];

describe("the demo page", () => {
  let both, demo, browser;
  before(async () => {
    both = startBoth();
    [demo, browser] = await both.started;
  });
  after(async () => {
    await both?.stop();
  });

  for (const [name, viewport] of SIZES) {
    test(`fits ${name}, whoever is signed in, with targets a finger can hit`, async () => {
      const { page, close } = await openDemo(browser, demo.ready.demo, { viewport });
      for (const who of ["Visitor", demo.ready.members[0].name, "Staff"]) {
        await become(page, who);
        if (who === "Staff") {
          await page.locator("[data-account]").first().click();
          await page.locator("#selected-balance").waitFor();
        } else if (who !== "Visitor") {
          await page.locator("[data-transaction]").first().waitFor();
        }
        const { wide, small } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          small: [...document.querySelectorAll("button, input, select")]
            .filter((element) => element.getBoundingClientRect().height < 44)
            .map((element) => element.outerHTML),
        }));
        assert.equal(wide, 0, `${who}: nothing sticks out to the right`);
        assert.deepEqual(small, [], who);
      }
      await close();
    });
  }

  test("can be read in light and in dark", async () => {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await openDemo(browser, demo.ready.demo, { colorScheme });
      await become(page, demo.ready.members[0].name);
      await page.locator("[data-transaction]").first().waitFor();
      await page.getByRole("button", { name: "Try them all" }).click();
      await page
        .getByText(/\d+ of \d+ refused\./)
        .first()
        .waitFor();
      const faint = await page.evaluate(contrasts);
      assert.deepEqual(faint, [], colorScheme);
      await close();
    }
  });

  test("can be used by keyboard alone", async () => {
    const { page, close } = await openDemo(browser, demo.ready.demo);
    const { name } = demo.ready.members[4];
    await page.locator("#who button").first().waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Skip to the points");
    const path = [];
    for (let step = 0; step < 20 && path.at(-1) !== name; step += 1) {
      await page.keyboard.press("Tab");
      path.push(await focused(page));
      assert.ok(await hasRing(page), `${path.at(-1)} shows its focus`);
    }
    assert.equal(path.at(-1), name, path.join(", "));
    await page.keyboard.press("Enter");
    await page.locator("#balance").waitFor();
    assert.equal(await focused(page), name, "the focus stays where it was");
    assert.match(await page.locator("#live").textContent(), /points/);

    for (let step = 0; step < 20 && !/Daily visit/.test(await focused(page)); step += 1) {
      await page.keyboard.press("Tab");
    }
    assert.equal(await focused(page), "Daily visit: Earn 5");
    await page.keyboard.press("Space");
    await page.getByText("Daily visit: 5 points earned.").waitFor();
    assert.equal(await focused(page), "Daily visit: Earn 5");
    await close();
  });

  test("names every control, and has one h1 and ordered headings", async () => {
    const { page, close } = await openDemo(browser, demo.ready.demo);
    await become(page, "Staff");
    await page.locator("[data-account]").first().click();
    await page.locator("#selected-balance").waitFor();
    const found = await page.evaluate(() => ({
      nameless: [...document.querySelectorAll("button, input, select, a")]
        .filter(
          (element) => !(element.textContent.trim() || element.labels?.length || element.ariaLabel),
        )
        .map((element) => element.outerHTML),
      headings: [...document.querySelectorAll("h1, h2, h3")].map((h) => Number(h.tagName[1])),
      ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    }));
    assert.deepEqual(found.nameless, []);
    assert.equal(found.headings.filter((level) => level === 1).length, 1);
    found.headings.reduce((before, level) => {
      assert.ok(level <= before + 1, found.headings.join(" "));
      return level;
    }, 0);
    assert.equal(new Set(found.ids).size, found.ids.length, "ids are unique");
    await close();
  });
});

/** @param {import("playwright-core").Page} page */
const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());

/** @param {import("playwright-core").Page} page */
const hasRing = (page) =>
  page.evaluate(() => {
    const style = window.getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });

/** Texts whose contrast is below WCAG's 4.5 (3 if large). Runs in the page. */
function contrasts() {
  const rgb = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  /** The first painted colour behind an element; a gradient counts by its lighter end. */
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = window.getComputedStyle(at);
      if (style.backgroundImage !== "none")
        return rgb(style.backgroundImage.match(/rgba?\([^)]*\)/)[0]);
      const colour = rgb(style.backgroundColor);
      if (colour.a === 1) return colour;
    }
    return { r: 255, g: 255, b: 255 };
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "",
    );
    const box = element.getBoundingClientRect();
    if (!own || box.width <= 1 || element.closest(".skip, noscript")) continue;
    const style = window.getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) faint.push(`${element.textContent.trim()} ${ratio.toFixed(2)}`);
  }
  return faint;
}
