// `test` with a region that stays up for the whole run, and the acts that journeys share.

import { test as base, expect } from "@playwright/test";

import { startRegion } from "../region.js";

export { expect };

export const test = base.extend({
  region: [
    async ({}, use) => {
      const region = await startRegion();
      await use(region);
      expect(await region.stop(), "Ctrl-C ends the demo in order").toBe(0);
    },
    { scope: "worker", timeout: 180_000 },
  ],
});

/** Opens the agent's window by the button on the page. */
export async function agentWindow(page, button) {
  const opened = page.waitForEvent("popup");
  await button.click();
  return opened;
}

/** Puts the resident's card on the reader at home and types a PIN into the agent's own window. */
export async function enterPin(page, region, resident, pin) {
  await region.put("home", resident.card);
  await page.goto(region.portal);
  const window = await agentWindow(page, page.getByRole("button", { name: "カードでログイン" }));
  await window.getByLabel("カードの暗証番号（数字6桁）").fill(pin);
  await window.getByRole("button", { name: "確認する" }).click();
  return window;
}

/** Logs a resident in, up to the menu. */
export async function logIn(page, region, resident) {
  await enterPin(page, region, resident, resident.pin);
  await expect(page.getByRole("heading", { level: 1, name: "メインメニュー" })).toBeVisible();
}
