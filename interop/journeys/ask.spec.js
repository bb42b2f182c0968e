// Consent at the moment of use: K-MIX asks, the portal has the resident asked, and the browser comes back with the answer.

import { look } from "../../e2e/look.js";
import { arrive, cardAndPin, expect, leave, test } from "./test.js";

const NOTHING = { name: "記録は見つかりません" };
const QUESTION = { name: /K-MIX.*があなたの記録を見たいと言っています/ };
const COVERAGE = /保険者にある資格の記録を見せる/;
const CHECK_UPS = /保険者にある健診の結果を見せる/;

/** Has K-MIX ask, up to the portal's question. */
async function ask(page) {
  await page.getByRole("link", { name: "見せてよいか患者に尋ねる" }).click();
  await expect(page.getByRole("heading", QUESTION)).toBeVisible();
  return page.url();
}

test("a service asks, the resident says no and then yes, and no question is answered twice", async ({ page, region, kmix }) => {
  const resident = region.resident("changed");
  const here = (url) => url.href.startsWith(`${kmix}/records/`);
  await page.goto(`${kmix}/records/`);
  await cardAndPin(page, region, resident);
  await arrive(page, `${kmix}/records/`);
  await expect(page.getByRole("heading", NOTHING)).toBeVisible();
  await look(page, "k-mix-ask-nothing");

  const first = await ask(page);
  expect(first.startsWith(`${region.portal}/wsf/ask/`)).toBe(true);
  await expect(page.getByLabel(COVERAGE)).not.toBeChecked();
  await look(page, "ask");
  await page.getByRole("button", { name: "見せない" }).click();
  await page.waitForURL(here);
  await expect(page.getByRole("heading", NOTHING)).toBeVisible();
  await expect(page.getByText(resident.name)).toHaveCount(0);

  const second = await ask(page);
  expect(second).not.toBe(first);
  await page.goto(`${second}?lang=en`);
  await expect(page.getByRole("heading", { name: /K-MIX.*asks to see your records/ })).toBeVisible();
  await look(page, "ask-en");
  await page.goto(`${second}?lang=ja`);
  await page.getByLabel(COVERAGE).check();
  await page.getByLabel(CHECK_UPS).check();
  await page.getByRole("button", { name: "選んだ記録を見せる" }).click();
  await page.waitForURL(here);
  await expect(page.getByText(resident.name).first()).toBeVisible();
  await expect(page.getByText("資格取得日").first()).toBeVisible();
  await expect(page.getByText(/健診の結果（/).first()).toBeVisible();
  const smoking = page.locator("div").filter({ has: page.getByText("喫煙", { exact: true }) }).last();
  await expect(smoking.locator("dd"), "in words, not as a code").toHaveText(/^(はい|いいえ|以前は吸っていた.*)$/);
  await look(page, "k-mix-ask-answered");

  for (const answered of [first, second]) {
    await page.goto(answered);
    await expect(page.getByText("WSF-53")).toBeVisible();
  }
  await look(page, "ask-gone");
  await leave(page, kmix);
});

test("whoever is not logged in at the portal logs in first, and another person is told nothing", async ({ page, browser, region, kmix }) => {
  await page.goto(`${kmix}/records/`);
  await cardAndPin(page, region, region.resident("elder"));
  await arrive(page, `${kmix}/records/`);
  const question = await ask(page);

  const elsewhere = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo" });
  const other = await elsewhere.newPage();
  await other.goto(question);
  await expect(other.getByRole("heading", QUESTION)).toBeVisible();
  await expect(other.getByLabel(COVERAGE)).toHaveCount(0);
  await look(other, "ask-log-in");
  await cardAndPin(other, region, region.resident("nhi"));
  await expect(other.getByText("WSF-54")).toBeVisible();
  await look(other, "ask-other");
  await elsewhere.close();

  await page.getByRole("button", { name: "見せない" }).click();
  await page.waitForURL((url) => url.href.startsWith(`${kmix}/records/`));
  await leave(page, kmix);
});
