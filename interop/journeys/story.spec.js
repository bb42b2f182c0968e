// The whole story: an insurer's clerk brings a file, a resident finds themselves there, K-MIX sees what the resident lets it see,
// and nothing from the moment they do not.

import { look } from "../../e2e/look.js";
import { logIn } from "../../e2e/journeys/test.js";
import { arrive, expect, leave, test } from "./test.js";

const COVERAGE = /保険者にある資格の記録を見せる/;
const CHECK_UPS = /保険者にある健診の結果を見せる/;
const INSURERS = { 370015: "高松市国民健康保険", "06379994": "かがわ架空電機健康保険組合" };
const HEIGHT = "171.5";

/** A table of check-ups with one row. */
function checkUps({ papers }) {
  const { insurer, symbol, number, branch, kana, birth, sex } = papers;
  const day = new Date(Date.now() - 90 * 86_400_000).toISOString().slice(0, 10);
  const header = "保険者番号,記号,番号,枝番,氏名,生年月日,性別,実施年月日,健診機関番号,健診機関名,9N001000000000001";
  return `${header}\r\n${insurer.padStart(8, "0")},${symbol},${number},${branch},${kana},${birth},${sex},${day},3710199997,架空内科クリニック,${HEIGHT}\r\n`;
}

/** The resident asks their insurer for a link, and says that the record is theirs. */
async function link(page, region, resident) {
  const { papers } = resident;
  await page.goto(`${region.portal}/links/add`);
  await page.getByLabel("保険者", { exact: true }).selectOption({ label: INSURERS[papers.insurer] });
  for (const [field, value] of Object.entries({ ...papers, name: resident.name })) {
    if (!["insurer", "sex"].includes(field)) await page.locator(`#${field}`).fill(value);
  }
  await page.locator(`input[name="sex"][value="${papers.sex}"]`).check();
  await page.getByLabel(/送ることに同意します/).check();
  await page.getByRole("button", { name: "送る" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "これはあなたの記録ですか" })).toBeVisible();
  await page.getByRole("button", { name: "はい、わたしの記録です" }).click();
  await expect(page.getByText("つながりました。")).toBeVisible();
}

test("from an insurer's file to K-MIX's page, and to nothing", async ({ page, browser, region, kmix }) => {
  test.slow();
  const resident = region.resident("newcomer");
  const { insurer } = resident.papers;

  const desk = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo" });
  const clerk = await desk.newPage();
  await clerk.goto(region.consoles[insurer]);
  await clerk.getByRole("button", { name: new RegExp(`体験用にログイン.*${region.insurerClerks[0]}`) }).click();
  await clerk.getByRole("link", { name: "ファイルの取り込み" }).click();
  const file = { name: "checkups.csv", mimeType: "text/csv", buffer: Buffer.from(checkUps(resident)) };
  const form = clerk.getByRole("region", { name: /健診/ });
  await form.getByLabel(/ファイル/).setInputFiles(file);
  await form.getByRole("button", { name: "内容を調べる" }).click();
  await expect(clerk.getByText("判断待ち")).toBeVisible();
  await look(clerk, "story-1-preview");
  await clerk.getByRole("button", { name: "取り込む", exact: true }).click();
  await expect(clerk.getByText("取り込みました。")).toBeVisible();
  await desk.close();

  await logIn(page, region, resident);
  await link(page, region, resident);
  await page.goto(`${region.portal}/coverage`);
  await expect(page.getByText(resident.name).first()).toBeVisible();
  await look(page, "story-2-coverage");

  await page.goto(`${kmix}/records/`);
  await page.getByLabel(COVERAGE).check();
  await page.getByLabel(CHECK_UPS).check();
  await arrive(page, `${kmix}/records/`);
  await expect(page.getByText("資格取得日").first()).toBeVisible();
  await expect(page.getByText(/健診の結果（/).first()).toBeVisible();
  await expect(page.getByText(`${HEIGHT} cm`)).toBeVisible();
  await look(page, "story-3-k-mix");

  const portal = await page.context().newPage();
  await portal.goto(`${region.portal}/services`);
  await portal.getByRole("link", { name: /K-MIXに渡す情報を変える/ }).click();
  await portal.getByLabel(CHECK_UPS).uncheck();
  await portal.getByRole("button", { name: "変更を保存する" }).click();
  await expect(portal.getByText(/K-MIXに渡す情報の変更を保存しました/)).toBeVisible();
  // Tokens made within the second of a change are over, too: for that long there is nothing at all.
  await expect(async () => {
    await page.goto(`${kmix}/records/`);
    await expect(page.getByText("資格取得日").first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ intervals: [1_000] });
  await expect(page.getByText(/健診の結果（/)).toHaveCount(0);

  await portal.goto(`${region.portal}/services`);
  await portal.getByRole("link", { name: /K-MIXに渡す情報を変える/ }).click();
  await portal.getByLabel(COVERAGE).uncheck();
  await portal.getByRole("button", { name: "変更を保存する" }).click();
  await expect(portal.getByText(/K-MIXに渡す情報の変更を保存しました/)).toBeVisible();
  await page.goto(`${kmix}/records/`);
  await expect(page.getByRole("heading", { name: "記録は見つかりません" })).toBeVisible();
  await expect(page.getByText(resident.name)).toHaveCount(0);
  await look(page, "story-4-nothing");

  await portal.goto(`${region.portal}/looks`);
  await expect(portal.getByText("診療（サービスからの問い合わせ）").first()).toBeVisible();
  await look(portal, "story-5-looks");
  await portal.close();
  await leave(page, kmix);
});
