import { expect, test } from "./test.js";

const WEIGHT_MAX = 30 * 1024;

test("the first page weighs at most 30 KB, all files included", async ({ page, region }) => {
  const network = await page.context().newCDPSession(page);
  await network.send("Network.enable");
  let bytes = 0;
  network.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  await page.goto(region.portal, { waitUntil: "networkidle" });
  expect(bytes).toBeLessThanOrEqual(WEIGHT_MAX);
});

test("the first page says what it is without JavaScript", async ({ browser, region }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "ja-JP" });
  const page = await context.newPage();
  await page.goto(region.portal);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("noscript p")).toBeVisible();
  // Playwright's own text matchers pass over <noscript>.
  expect(await page.locator("noscript p").textContent()).toContain("JavaScript");
  await context.close();
});

test("a page never asks the browser to run inline code", async ({ page, region }) => {
  const refused = [];
  page.on("console", (message) => message.text().includes("Content Security Policy") && refused.push(message.text()));
  await page.goto(region.portal);
  expect(refused).toEqual([]);
  expect(await page.locator("[style], style, script:not([src])").count()).toBe(0);
});
