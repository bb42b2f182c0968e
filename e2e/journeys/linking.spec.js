import { look } from "../look.js";
import { expect, logIn, test } from "./test.js";

const INSURERS = { 370015: "高松市国民健康保険", "06379994": "かがわ架空電機健康保険組合" };

/** Opens the page of the resident's insurers from the menu. */
async function openLinks(page) {
  await page.getByRole("link", { name: /保険者とのつながり/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "保険者とのつながり" })).toBeVisible();
}

/** Fills the form with what the resident has on paper, with other values for some fields, and sends it. */
async function ask(page, resident, other = {}) {
  const { papers } = resident;
  await page.getByRole("link", { name: "保険者とつなぐ", exact: true }).click();
  await page.getByLabel("保険者", { exact: true }).selectOption({ label: INSURERS[papers.insurer] });
  const values = { ...papers, name: resident.name, ...other };
  for (const field of ["symbol", "number", "branch", "name", "kana", "birth", "address"]) {
    await page.locator(`#${field}`).fill(values[field]);
  }
  await page.locator(`input[name="sex"][value="${values.sex}"]`).check();
  await page.getByLabel(/送ることに同意します/).check();
  await page.getByRole("button", { name: "送る" }).click();
}

// One resident, from nobody to a link and its end: each journey begins where the one before it has led.
test.describe.serial("a resident without an insurer", () => {
  test("a form that lacks something says what, and one that fits nobody comes back as it was", async ({ page, region }) => {
    const resident = region.resident("newcomer");
    await logIn(page, region, resident);
    await page.getByRole("link", { name: /保険証加入情報/ }).click();
    await expect(page.getByText("あなたとつながっている保険者がありません")).toBeVisible();
    await page.getByRole("link", { name: "保険者とのつながり" }).click();
    await look(page, "links-none");

    await page.getByRole("link", { name: "保険者とつなぐ", exact: true }).click();
    await page.getByRole("button", { name: "送る" }).click();
    await expect(page.getByRole("alert").getByRole("link", { name: "番号", exact: true })).toBeVisible();
    await look(page, "links-add-wrong");
    await page.getByRole("link", { name: "つながりの一覧へ戻る" }).first().click();

    await ask(page, resident, { number: "9999999", name: "架空　太郎", kana: "カクウ　タロウ", birth: "明治34年1月1日" });
    await expect(page.getByText("同じ人が見つかりませんでした")).toBeVisible();
    await expect(page.locator("#number")).toHaveValue("9999999");
    await look(page, "links-unmatched");
  });

  test("a resident finds their insurer, says that it is them, and sees what it holds", async ({ page, region }) => {
    const resident = region.resident("newcomer");
    await logIn(page, region, resident);
    await openLinks(page);
    await ask(page, resident);
    await expect(page.getByRole("heading", { level: 1, name: "これはあなたの記録ですか" })).toBeVisible();
    await expect(page.getByText(/^\*+/)).toBeVisible();
    await look(page, "links-confirm");
    await page.goto(`${region.portal}/coverage`);
    await expect(page.getByText(resident.name)).toHaveCount(0);
    await page.goto(`${region.portal}/links`);
    await page.getByRole("link", { name: /あなたの記録か確かめる/ }).click();
    await page.getByRole("button", { name: "はい、わたしの記録です" }).click();
    await expect(page.getByText("つながりました。")).toBeVisible();
    await look(page, "links-in-force");
    await page.goto(`${region.portal}/coverage`);
    await expect(page.getByText(resident.name).first()).toBeVisible();
  });

  test("a resident ends a link, and says no to the next", async ({ page, region }) => {
    const resident = region.resident("newcomer");
    await logIn(page, region, resident);
    await openLinks(page);
    await page.getByRole("link", { name: /つながりを終える/ }).click();
    await look(page, "links-end");
    await page.getByRole("button", { name: "つながりを終える" }).click();
    await expect(page.getByText("つながりを終えました。")).toBeVisible();
    await ask(page, resident);
    await page.getByRole("button", { name: "いいえ、違います" }).click();
    await expect(page.getByText("つながりを取り消しました。")).toBeVisible();
    await look(page, "links-denied");
    await page.goto(`${region.portal}/coverage`);
    await expect(page.getByText(resident.name)).toHaveCount(0);
    await page.goto(`${region.portal}/looks`);
    await expect(page.getByText("本人の記録ではないと答えた")).toBeVisible();
  });
});

/** A clerk at the console of the resident's insurer. */
async function clerkOf(resident, browser, region) {
  const desk = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo" });
  const clerk = await desk.newPage();
  await clerk.goto(region.consoles[resident.papers.insurer]);
  await clerk.getByRole("button", { name: new RegExp(`体験用にログイン.*${region.insurerClerks[0]}`) }).click();
  return clerk;
}

test.describe.serial("a link that an insurer's clerk decides on", () => {
  test("what a machine may not decide is decided by the insurer's clerk", async ({ page, browser, region }) => {
    const resident = region.resident("family");
    await logIn(page, region, resident);
    await openLinks(page);
    await ask(page, resident, { name: resident.name.replace("髙", "高") });
    await expect(page.getByText("申し込みを受け付けました。")).toBeVisible();
    await look(page, "links-review");

    const clerk = await clerkOf(resident, browser, region);
    await clerk.getByRole("link", { name: /確認を待つ連携の申し出/ }).click();
    await look(clerk, "insurer-cases");
    await clerk.getByRole("table").getByRole("link").first().click();
    await expect(clerk.getByText(/字体違い/)).toBeVisible();
    await look(clerk, "insurer-case");
    await clerk.locator("#link-reason").selectOption({ index: 1 });
    await clerk.locator("#link-note").fill("窓口で確かめた");
    await clerk.getByRole("button", { name: "この人につなぐ" }).click();
    await expect(clerk.getByRole("link", { name: "つなぐ候補を選んでください" })).toBeVisible();
    await expect(clerk.locator("#link-note")).toHaveValue("窓口で確かめた");
    await look(clerk, "insurer-case-wrong");
    await clerk.getByLabel(/候補 1 は/).check();
    await clerk.getByRole("button", { name: "この人につなぐ" }).click();
    await expect(clerk.getByText("つなぎました。")).toBeVisible();
    await clerk.context().close();

    await page.goto(`${region.portal}/links`);
    await page.getByRole("link", { name: /あなたの記録か確かめる/ }).click();
    await page.getByRole("button", { name: "はい、わたしの記録です" }).click();
    await page.goto(`${region.portal}/coverage`);
    await expect(page.getByText(resident.name).first()).toBeVisible();
  });

  test("a clerk ends a link, and the resident reads who has ended it", async ({ page, browser, region }) => {
    const resident = region.resident("family");
    const clerk = await clerkOf(resident, browser, region);
    await clerk.getByRole("link", { name: "連携の終了" }).click();
    await clerk.getByLabel("記号", { exact: true }).fill(resident.papers.symbol);
    await clerk.getByLabel("番号", { exact: true }).fill(resident.papers.number);
    await clerk.getByRole("button", { name: "探す" }).click();
    await look(clerk, "insurer-links");
    const found = clerk.getByRole("region", { name: resident.name });
    await found.getByLabel("理由").selectOption({ label: "本人から申し出があった" });
    await found.getByRole("button", { name: /この人の連携を終える/ }).click();
    await expect(clerk.getByText("連携を終え、ポータルにも伝えました。")).toBeVisible();
    await look(clerk, "insurer-links-ended");
    await clerk.context().close();

    await logIn(page, region, resident);
    await openLinks(page);
    await expect(page.getByText("保険者が終えました")).toBeVisible();
    await look(page, "links-ended-by-insurer");
    await page.goto(`${region.portal}/coverage`);
    await expect(page.getByText(resident.name)).toHaveCount(0);
  });
});
