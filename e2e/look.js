// What every page must be, whoever looks: nothing serious for axe, no sideways scrolling, no inline code, and a picture of it.

import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";

const PHONE = { width: 375, height: 812 };
const DESKTOP = { width: 1280, height: 900 };
const PICTURES = new URL("output/pages/", import.meta.url).pathname;

/** Checks the page as it stands, at phone and desktop width, and keeps a picture of each in output/pages. */
export async function look(page, name) {
  const before = page.viewportSize();
  for (const [size, width] of [[PHONE, "375"], [DESKTOP, "1280"]]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: `${PICTURES}${name}-${width}.png`, fullPage: true, animations: "disabled" });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(sideways, `${name} scrolls sideways at ${width} pixels`).toBeLessThanOrEqual(0);
    await accessible(page, `${name} at ${width}`);
  }
  if (before) await page.setViewportSize(before);
}

async function accessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const said = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect(said, `axe on ${name}`).toEqual([]);
}
