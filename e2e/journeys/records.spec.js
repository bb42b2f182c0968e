import { look } from "../look.js";
import { expect, logIn, test } from "./test.js";

test("a resident reads check-ups, expenses and the sample pension, and finds each look in the list", async ({ page, region }) => {
  await logIn(page, region, region.resident("nhi"));
  await page.getByRole("link", { name: /^健診結果/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "健診結果" })).toBeVisible();
  const table = page.getByRole("table", { name: /^健診の結果/ });
  await expect(table.getByRole("columnheader")).toHaveCount(4);
  await expect(table.getByRole("row", { name: /LDLコレステロール/ })).toContainText("mg/dL");
  await expect(page.getByText("受診をおすすめします", { exact: true }).first()).toBeVisible();
  await look(page, "records-checkups");

  await page.getByRole("link", { name: "メニューへ戻る" }).click();
  await page.getByRole("link", { name: /^医療費記録/ }).click();
  await expect(page.getByRole("table", { name: /年の医療費$/ }).first()).toContainText("架空内科クリニック");
  await expect(page.getByText("窓口負担（相当額）の合計").first()).toBeVisible();
  await look(page, "records-expenses");

  await page.goto(`${region.portal}/records/pension`);
  await expect(page.getByText("これは見本のデータで")).toBeVisible();
  await expect(page.getByRole("row", { name: /厚生年金/ })).toContainText("円");
  await look(page, "records-pension");

  await page.goto(`${region.portal}/looks`);
  for (const name of ["健診結果", "医療費記録", "年金記録"]) {
    await expect(page.getByRole("listitem").filter({ hasText: name }).first()).toContainText("あなた");
  }
});

test("records of several insurers stand apart, and one that is stopped is named", async ({ page, region }) => {
  await logIn(page, region, region.resident("changed"));
  await region.stopInsurer("370015");
  try {
    await page.goto(`${region.portal}/records/checkups`);
    await expect(page.getByText(/高松市.*の記録を表示できません/)).toBeVisible();
    await expect(page.getByRole("table")).toContainText("LDLコレステロール");
    await look(page, "records-one-down");
  } finally {
    await region.startInsurer("370015");
  }
});

test("somebody without check-ups is told so, in both languages", async ({ page, region }) => {
  await logIn(page, region, region.resident("khi"));
  await page.goto(`${region.portal}/records/checkups`);
  await expect(page.getByText("この保険者には、あなたの健診の記録がありません。")).toBeVisible();
  await page.getByRole("link", { name: "English" }).click();
  await expect(page.getByText("This insurer holds no check-up of yours.")).toBeVisible();
  await look(page, "records-empty-en");
  await page.goto(`${region.portal}/records/expenses`);
  await expect(page.getByRole("heading", { level: 1, name: "Medical expenses" })).toBeVisible();
  await look(page, "records-expenses-en");
});

test("whoever is insured nowhere is told right after the login, and reaches their records by keyboard", async ({ page, region }) => {
  await logIn(page, region, region.resident("lapsed"));
  const notice = page.getByText("いま加入している保険の記録がありません");
  await expect(notice).toBeVisible();
  await expect(page.getByText(/14日以内/)).toBeVisible();
  await look(page, "menu-insured-nowhere");

  const link = page.getByRole("link", { name: /^健診結果/ });
  for (let presses = 0; presses < 30; presses++) {
    if (await link.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "健診結果" })).toBeVisible();
  await page.getByRole("link", { name: "メニューへ戻る" }).press("Enter");
  await expect(notice).toHaveCount(0);
});
