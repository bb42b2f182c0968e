// K-MIX and the patient's records: asked for by ID-WSF at the insurers themselves, for as long as the patient lets it.

import { look } from "../../e2e/look.js";
import { arrive, cardAndPin, expect, leave, test } from "./test.js";

const NOTHING = { name: "記録は見つかりません" };
const COVERAGE = /保険者にある資格の記録を見せる/;
const CHECK_UPS = /保険者にある健診の結果を見せる/;

test("K-MIX shows a patient's records while the patient lets it, and nothing from the moment they do not", async ({ page, region, kmix }) => {
  const resident = region.resident("khi");
  await page.goto(`${kmix}/records/`);
  await cardAndPin(page, region, resident);
  await expect(page.getByLabel(COVERAGE)).not.toBeChecked();
  await page.getByLabel(COVERAGE).check();
  await page.getByLabel(CHECK_UPS).check();
  await look(page, "k-mix-records-release");
  await arrive(page, `${kmix}/records/`);
  await expect(page.getByText(resident.name).first()).toBeVisible();
  await expect(page.getByText("資格取得日").first()).toBeVisible();
  await look(page, "k-mix-records");

  const portal = await page.context().newPage();
  await portal.goto(`${region.portal}/services`);
  await portal.getByRole("link", { name: /K-MIXに渡す情報を変える/ }).click();
  await portal.getByLabel(COVERAGE).uncheck();
  await portal.getByLabel(CHECK_UPS).uncheck();
  await portal.getByRole("button", { name: "変更を保存する" }).click();
  await expect(portal.getByText(/K-MIXに渡す情報の変更を保存しました/)).toBeVisible();

  await page.reload();
  await expect(page.getByRole("heading", NOTHING)).toBeVisible();
  await expect(page.getByText(resident.name)).toHaveCount(0);
  await look(page, "k-mix-records-nothing");
  const withdrawn = await page.locator("main").innerHTML();

  await portal.goto(`${region.portal}/looks`);
  await expect(portal.getByText("診療（サービスからの問い合わせ）").first()).toBeVisible();
  await expect(portal.getByText("あなたの記録のありか").first()).toBeVisible();
  await look(portal, "k-mix-records-looks");
  await portal.close();
  await leave(page, kmix);

  // Somebody who never let it see anything.
  const other = region.resident("lapsed");
  await page.goto(`${kmix}/records/`);
  await cardAndPin(page, region, other);
  await arrive(page, `${kmix}/records/`);
  await expect(page.getByRole("heading", NOTHING)).toBeVisible();
  expect(await page.locator("main").innerHTML(), "nobody can tell the two apart").toBe(withdrawn);
  await leave(page, kmix);
});
