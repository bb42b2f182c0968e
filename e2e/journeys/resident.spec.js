import { look } from "../look.js";
import { agentWindow, enterPin, expect, logIn, test } from "./test.js";

test("a resident logs in with card and PIN and sees the coverage the insurer has just answered", async ({ page, region }) => {
  const resident = region.resident("nhi");
  await page.goto(region.portal);
  await look(page, "first-page");

  await region.put("home", resident.card);
  const window = await agentWindow(page, page.getByRole("button", { name: "カードでログイン" }));
  await expect(window.getByText(new URL(region.portal).origin)).toBeVisible();
  await look(window, "agent-pin");
  await window.getByLabel("カードの暗証番号（数字6桁）").fill(resident.pin);
  await window.getByRole("button", { name: "確認する" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "メインメニュー" })).toBeVisible();
  await look(page, "menu");

  await page.getByRole("link", { name: /保険証加入情報/ }).click();
  await expect(page.getByRole("heading", { level: 2, name: "高松市国民健康保険" })).toBeVisible();
  await expect(page.getByText(resident.name).first()).toBeVisible();
  await expect(page.getByText("正式な資格確認は、オンライン資格確認または資格確認書で行ってください。")).toBeVisible();
  await look(page, "coverage");

  await page.getByRole("link", { name: "メニューへ戻る" }).click();
  await page.getByRole("link", { name: /わたしの情報を見た人/ }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "本人による閲覧" }).first()).toContainText("あなた");
  await look(page, "looks-own");

  await page.getByRole("button", { name: "ログアウト" }).click();
  await expect(page.getByRole("button", { name: "カードでログイン" })).toBeVisible();
  await page.goto(`${region.portal}/coverage`);
  await expect(page.getByText(resident.name)).toHaveCount(0);
});

test("a session ends for a browser that only copied the cookie", async ({ page, browser, region }) => {
  await logIn(page, region, region.resident("nhi"));
  const thief = await browser.newContext({ userAgent: "somebody else's browser" });
  await thief.addCookies(await page.context().cookies());
  const stolen = await thief.newPage();
  await stolen.goto(`${region.portal}/menu`);
  await expect(stolen.getByRole("heading", { name: "メインメニュー" })).toHaveCount(0);
  await page.goto(`${region.portal}/menu`);
  await expect(page.getByRole("heading", { name: "メインメニュー" })).toHaveCount(0);
  await thief.close();
});

test("a page speaks the language that its reader chose", async ({ page, region }) => {
  await logIn(page, region, region.resident("khi"));
  await page.getByRole("link", { name: "English" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Main menu" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await look(page, "menu-en");
  await page.getByRole("link", { name: /^Coverage/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Health insurance coverage" })).toBeVisible();
  await look(page, "coverage-en");
});

test("without consent nothing is asked for, and it is the resident's to give again", async ({ page, region }) => {
  await logIn(page, region, region.resident("khi"));
  await page.getByRole("link", { name: /^同意/ }).click();
  await look(page, "consents");
  const own = page.getByRole("region", { name: "自分の記録を見る" });
  await own.getByRole("button", { name: "同意を取り消す" }).click();
  await page.goto(`${region.portal}/coverage`);
  await expect(page.getByText("同意がありません")).toBeVisible();
  await expect(page.getByText(region.resident("khi").name)).toHaveCount(0);
  await look(page, "coverage-no-consent");
  await page.getByRole("link", { name: "同意のページへ" }).click();
  await own.getByRole("button", { name: "同意する" }).click();
  await page.goto(`${region.portal}/coverage`);
  await expect(page.getByText(region.resident("khi").name).first()).toBeVisible();
  await look(page, "coverage-khi");
});

test("an address that leads nowhere says so, with a way back", async ({ page, region }) => {
  await page.goto(`${region.portal}/no-such-page`);
  await expect(page.getByRole("heading", { level: 1, name: "ページが見つかりません" })).toBeVisible();
  await expect(page.getByRole("link", { name: "最初のページへ" })).toBeVisible();
  await look(page, "not-found");
});

test("a card that nobody put down is asked for, and not a PIN on the page", async ({ page, region }) => {
  await region.take("home");
  await page.goto(region.portal);
  await expect(page.locator("input")).toHaveCount(0);
  const window = await agentWindow(page, page.getByRole("button", { name: "カードでログイン" }));
  await expect(window.getByText("カードがありません")).toBeVisible();
  await window.getByRole("button", { name: "やめる" }).click();
});

test("five wrong PINs lock the card, and the right one does not open it again", async ({ page, region }) => {
  const resident = region.resident("spare");
  const wrong = resident.pin === "000000" ? "111111" : "000000";
  for (const left of [4, 3, 2, 1]) {
    const window = await enterPin(page, region, resident, wrong);
    await expect(page.getByText(`あと${left}回`)).toBeVisible();
    if (left === 1) await look(page, "wrong-pin");
    await window.close();
  }
  const last = await enterPin(page, region, resident, wrong);
  await expect(page.getByText("このカードはロックされました")).toBeVisible();
  await look(page, "locked");
  await last.close();
  const window = await enterPin(page, region, resident, resident.pin).catch(() => null);
  await expect(page.getByText("ロックされ").first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "メインメニュー" })).toHaveCount(0);
  await window?.close().catch(() => {});
});
