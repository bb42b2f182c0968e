import { readFile } from "node:fs/promises";

import { look } from "../look.js";
import { expect, test } from "./test.js";

const EXAMPLE = new URL("../../docs/operator/service-example.xml", import.meta.url).pathname;
const NAME = "かがわ遠隔医療ネットワーク";
const MAPS_TO = "https://nhi.takamatsu.example/metadata https://khi.kagawa.example/metadata";

test("an operator registers a service from a file, gives it a policy, and removes it again", async ({ page, region }) => {
  await page.goto(region.office);
  await look(page, "office-login");
  await page.getByRole("button", { name: /体験用にログイン/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "連携サービス" })).toBeVisible();

  await page.getByRole("link", { name: "サービスを登録する" }).click();
  await look(page, "office-add");
  await page.getByLabel("メタデータのファイル").setInputFiles(EXAMPLE);
  await page.getByRole("button", { name: "調べる" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "登録の確認" })).toBeVisible();
  await look(page, "office-preview");
  await page.getByRole("button", { name: "登録する" }).click();

  await expect(page.getByRole("heading", { level: 1, name: NAME })).toBeVisible();
  await page.getByLabel("フリガナ").check();
  await page.getByLabel("AES-CBC を許す").check();
  await page.getByLabel("ログインの強さ").selectOption("card");
  await page.getByLabel("名寄せ先").fill(MAPS_TO);
  await page.getByRole("button", { name: "保存する" }).click();
  await expect(page.getByText("保存しました。")).toBeVisible();
  await expect(page.getByLabel("名寄せ先")).toHaveValue(MAPS_TO);
  await expect(page.getByLabel("フリガナ")).toBeChecked();
  await expect(page.getByText("SVC-25")).toBeVisible();
  await look(page, "office-service");

  await page.getByRole("link", { name: "サービス", exact: true }).click();
  await expect(page.getByRole("link", { name: NAME, exact: true })).toBeVisible();
  await look(page, "office-services");
  await page.getByRole("link", { name: NAME, exact: true }).click();
  await page.getByRole("link", { name: "削除する" }).click();
  await look(page, "office-sure");
  await page.getByRole("button", { name: "削除する" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "連携サービス" })).toBeVisible();
  await expect(page.getByRole("link", { name: NAME, exact: true })).toHaveCount(0);
});

test("an operator sees what newer metadata changes, and nothing overwrites what somebody else has changed", async ({ page, context, region }) => {
  await page.goto(region.office);
  await page.getByRole("button", { name: /体験用にログイン/ }).click();
  const bring = async (file) => {
    await page.goto(`${region.office}/services/add`);
    await page.getByLabel("メタデータのファイル").setInputFiles(file);
    await page.getByRole("button", { name: "調べる" }).first().click();
  };
  await bring(EXAMPLE);
  await page.getByRole("button", { name: "登録する" }).click();
  await expect(page.getByRole("heading", { level: 1, name: NAME })).toBeVisible();

  // Another window of the office has the same service open.
  const other = await context.newPage();
  await other.goto(page.url());
  const buffer = Buffer.from((await readFile(EXAMPLE, "utf8")).replace("/mellon/logout", "/mellon/bye"));
  await bring({ name: "newer.xml", mimeType: "text/xml", buffer });
  await expect(page.getByRole("row", { name: /mellon\/bye.*追加/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /mellon\/logout.*削除/ })).toBeVisible();
  await look(page, "office-compare");

  await other.getByLabel("名前", { exact: true }).fill("かがわK-MIX");
  await other.getByRole("button", { name: "保存する" }).click();
  await expect(other.getByText("保存しました。")).toBeVisible();
  await other.goto(other.url().replace("&done=1", ""));
  await page.getByRole("button", { name: "置き換える" }).click();
  await expect(page.getByText("まだ何も置き換えていません。")).toBeVisible();
  await look(page, "office-compare-meanwhile");
  await page.getByRole("button", { name: "置き換える" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "かがわK-MIX" })).toBeVisible();

  await other.getByLabel("何のサービスか", { exact: true }).fill("画像を見ながら相談します");
  await other.getByRole("button", { name: "保存する" }).click();
  await expect(other.getByText("入力したポリシーは保存していません。")).toBeVisible();
  await expect(other.getByLabel("何のサービスか", { exact: true })).toHaveValue("画像を見ながら相談します");
  await look(other, "office-policy-meanwhile");
  await other.getByRole("button", { name: "保存する" }).click();
  await expect(other.getByText("保存しました。")).toBeVisible();

  await other.getByLabel("開始ページ").fill("http://k-mix.kagawa.example/");
  await other.getByRole("button", { name: "保存する" }).click();
  await expect(other.getByText("SVC-23")).toBeVisible();
  await look(other, "office-policy-unfit");
});

test("an operator reads the same in English", async ({ page, region }) => {
  await page.goto(region.office);
  await page.getByRole("button", { name: /体験用にログイン/ }).click();
  for (const [path, name] of [["services", "office-services-en"], ["institutions", "office-institutions-en"], ["keys", "office-keys-en"], ["passkeys", "office-passkeys-en"]]) {
    await page.goto(`${region.office}/${path}?lang=en`);
    await look(page, name);
  }
});

test("an operator sees what happens to the keys when", async ({ page, region }) => {
  await page.goto(region.office);
  await page.getByRole("button", { name: /体験用にログイン/ }).click();
  await page.getByRole("link", { name: "鍵", exact: true }).click();
  await page.getByRole("button", { name: "鍵の交代を始める" }).click();
  await expect(page.getByText("鍵の交代を始めました。")).toBeVisible();
  await expect(page.getByText("公開中 (使用前)").first()).toBeVisible();
  await look(page, "office-keys");
});

test("an operator gives a clinic's software a key, and takes it away again", async ({ page, region }) => {
  await page.goto(region.office);
  await page.getByRole("button", { name: /体験用にログイン/ }).click();
  await page.getByRole("link", { name: "医療機関", exact: true }).click();
  await expect(page.getByText("接続キーは、まだ発行していません。")).toBeVisible();
  await page.getByRole("button", { name: "発行する" }).click();
  await page.getByRole("link", { name: "医療機関を選んでください" }).click();
  await expect(page.getByLabel("医療機関", { exact: true })).toBeFocused();
  await look(page, "office-institutions-wrong");
  await page.getByLabel("医療機関", { exact: true }).selectOption({ label: region.clinicName });
  await page.getByLabel("名前", { exact: true }).fill("受付のレセコン");
  await page.getByRole("button", { name: "発行する" }).click();
  await expect(page.getByLabel("接続キー", { exact: true })).toHaveValue(/^ssc_[0-9a-f]{64}$/);
  await expect(page.getByRole("heading", { level: 2, name: region.clinicName })).toBeVisible();
  await look(page, "office-institutions-issued");

  await page.getByRole("link", { name: "医療機関", exact: true }).click();
  await expect(page.getByLabel("接続キー", { exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "取り消す 受付のレセコン" }).click();
  await expect(page.getByText("接続キーを取り消しました。")).toBeVisible();
  await look(page, "office-institutions");
});

test("metadata that cannot be used is explained", async ({ page, region }) => {
  await page.goto(region.office);
  await page.getByRole("button", { name: /体験用にログイン/ }).click();
  await page.getByRole("link", { name: "サービスを登録する" }).click();
  const file = { name: "metadata.xml", mimeType: "text/xml", buffer: Buffer.from("<html>404</html>") };
  await page.getByLabel("メタデータのファイル").setInputFiles(file);
  await page.getByRole("button", { name: "調べる" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "登録できません" })).toBeVisible();
  await look(page, "office-unfit");
});
