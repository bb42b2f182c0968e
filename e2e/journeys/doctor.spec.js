// What the examination says: at the office of every insurer, and at an insurer of its own node.

import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { look } from "../look.js";
import { expect, test } from "./test.js";

const NUMBER = "370015";
const NAME = "高松市国民健康保険";

test("an operator sees that every peer works, and of one that does not, what to do", async ({ page, region }) => {
  await page.goto(region.office);
  await page.getByRole("button", { name: /体験用にログイン/ }).click();
  await page.getByRole("link", { name: "接続先", exact: true }).click();
  await expect(page.getByRole("row", { name: new RegExp(NAME) })).toContainText("照会しています");
  await page.getByRole("button", { name: "点検する" }).click();
  await expect(page.getByText(/項目を調べました。すべて正常です。/)).toBeVisible();
  const connection = page.getByRole("listitem").filter({ hasText: `${NAME} · 接続とTLS` });
  await expect(connection).toContainText("正常");
  await look(page, "office-peers-fine");

  await region.stopInsurer(NUMBER);
  try {
    await page.getByRole("button", { name: "点検する" }).click();
    await expect(page.getByText(/次の点に対応してください。/)).toBeVisible();
    const first = page.getByRole("list", { name: "点検の結果" }).getByRole("listitem").first();
    await expect(first).toContainText(`${NAME} · 接続とTLS`);
    await expect(first).toContainText("異常");
    await expect(first).toContainText("そのポートでは、何も動いていません。");
    await expect(first).toContainText("相手の運用者に、動いているかを確かめてください。");
    await expect(first).toContainText("DOC-02");
    await look(page, "office-peers-one-down");
    await page.goto(`${region.office}/peers?lang=en`);
    await page.getByRole("button", { name: "Examine" }).click();
    await expect(page.getByText("Nobody listens at that port.")).toBeVisible();
    await look(page, "office-peers-one-down-en");
  } finally {
    await region.startInsurer(NUMBER);
  }
  await page.getByRole("button", { name: "Examine" }).click();
  await expect(page.getByText(/things were looked at. All is well./)).toBeVisible();
});

test("an insurer's clerk sees that the node is well, and of what is not, what to do", async ({ page, region }) => {
  const [clerk] = region.insurerClerks;
  await page.goto(region.consoles[NUMBER]);
  await page.getByRole("button", { name: new RegExp(`体験用にログイン.*${clerk}`) }).click();
  await page.getByRole("link", { name: "点検", exact: true }).click();
  await expect(page.getByText(/項目を調べました。すべて正常です。/)).toBeVisible();
  await look(page, "insurer-doctor-fine");

  // Somebody has put another file in the place of the platform's certificate.
  const certificate = join(region.dir, "insurers", NUMBER, "platform-sign.pem");
  await rename(certificate, `${certificate}-away`);
  try {
    await writeFile(certificate, "-----BEGIN NOTHING-----\n");
    await page.reload();
    await expect(page.getByText(/次の点に対応してください。/)).toBeVisible();
    const first = page.getByRole("list", { name: "点検" }).getByRole("listitem").first();
    await expect(first).toContainText("platform-sign.pem · 証明書の期限");
    await expect(first).toContainText("異常");
    await expect(first).toContainText("証明書または鍵を読めません。");
    await expect(first).toContainText("ファイルがあるか、このユーザーが読めるか、PEM かを確かめてください。");
    await expect(first).toContainText("DOC-10");
    await look(page, "insurer-doctor-wrong");
  } finally {
    await rename(`${certificate}-away`, certificate);
  }
  await page.reload();
  await expect(page.getByText(/すべて正常です。/)).toBeVisible();
});
