import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { look } from "../look.js";
import { expect, logIn, test } from "./test.js";

const NUMBER = "370015";

/** Logs one of the insurer's clerks in by the button of a demonstration. */
async function enter(page, region, clerk) {
  await page.goto(region.consoles[NUMBER]);
  await page.getByRole("button", { name: new RegExp(`体験用にログイン.*${clerk}`) }).click();
  await expect(page.getByRole("heading", { level: 1, name: "ノードの状態" })).toBeVisible();
}

/** Chooses a coverage file and sends it. */
async function bring(page, text) {
  await page.getByRole("link", { name: "ファイルの取り込み" }).click();
  const file = { name: "coverage.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.getByLabel("ファイル 資格情報").setInputFiles(file);
  await page.getByRole("button", { name: "内容を調べる" }).first().click();
}

/** The coverage file that the insurer has, without its last row, as lines. */
async function extract(region) {
  const text = await readFile(join(region.dir, "insurers", NUMBER, "inbox", "coverage.csv"), "utf8");
  return text.trimEnd().split(/\r?\n/).slice(0, -1);
}

test("a clerk mends a file, takes it, takes it back, and sees who asked", async ({ page, region }) => {
  await logIn(page, region, region.resident("nhi"));
  await page.goto(`${region.portal}/coverage`);
  await expect(page.getByText("高松市国民健康保険").first()).toBeVisible();

  const [clerk] = region.insurerClerks;
  await page.goto(region.consoles[NUMBER]);
  await look(page, "insurer-login");
  await enter(page, region, clerk);
  await look(page, "insurer-home");

  const lines = await extract(region);
  const wrong = [...lines];
  wrong[2] = wrong[2].replace(/\d{4}-\d{2}-\d{2}/, "きのう");
  await bring(page, wrong.join("\n"));
  await expect(page.getByRole("heading", { level: 1, name: "取り込めません" })).toBeVisible();
  await expect(page.getByText(/3行目「.*」: 日付として読めません/)).toBeVisible();
  await look(page, "insurer-refused");

  await page.getByRole("link", { name: "直したファイルを選ぶ" }).click();
  await look(page, "insurer-files");
  await bring(page, lines.join("\n"));
  await expect(page.getByText("判断待ち")).toBeVisible();
  await look(page, "insurer-preview");
  await page.getByRole("button", { name: "取り込む", exact: true }).click();
  await expect(page.getByText("取り込みました。")).toBeVisible();
  await look(page, "insurer-taken");

  await page.getByRole("link", { name: "この取り込みの前に戻す" }).click();
  await look(page, "insurer-sure");
  await page.getByRole("button", { name: "この取り込みの前に戻す" }).click();
  await expect(page.getByText("取り込みの前に戻しました。")).toBeVisible();

  await page.getByRole("link", { name: "だれが尋ねたか" }).click();
  await expect(page.getByText("本人が自分の記録を見る").first()).toBeVisible();
  await page.getByRole("button", { name: "記録が書き換えられていないか確かめる" }).click();
  await expect(page.getByText(/件すべて、書かれたときのままです/)).toBeVisible();
  await look(page, "insurer-looks");
});

test("a file that is cut in half waits for a second clerk", async ({ page, region }) => {
  const [first, second] = region.insurerClerks;
  await enter(page, region, first);
  const lines = await extract(region);
  await bring(page, lines.slice(0, lines.length / 2).join("\n"));
  await expect(page.getByRole("heading", { name: "前回と大きく違います" })).toBeVisible();
  await expect(page.getByRole("button", { name: "承認して取り込む" })).toHaveCount(0);
  await look(page, "insurer-drift");
  await page.getByRole("button", { name: "ログアウト" }).click();

  await enter(page, region, second);
  await page.getByRole("link", { name: /判断を待っている取り込みがあります/ }).click();
  await expect(page.getByRole("button", { name: "承認して取り込む" })).toBeVisible();
  await page.getByRole("button", { name: "取りやめる" }).click();
  await expect(page.getByText("取りやめました。何も変わっていません。")).toBeVisible();
});

test("an insurer's clerk registers a passkey and logs in with it", async ({ page, region }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true };
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
  const [clerk] = region.insurerClerks;
  await enter(page, region, clerk);
  await page.getByRole("link", { name: "パスキー" }).click();
  await page.getByRole("button", { name: "パスキーを登録する" }).click();
  await expect(page.getByText("登録済み 1 個")).toBeVisible();
  await look(page, "insurer-passkeys");
  await page.getByRole("button", { name: "ログアウト" }).click();

  await page.getByLabel("利用者名").fill(clerk);
  await page.getByRole("button", { name: "パスキーでログイン" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "ノードの状態" })).toBeVisible();
});

test("a resident tells an insurer how to reach them, and a clerk reads it", async ({ page, region }) => {
  await logIn(page, region, region.resident("nhi"));
  await page.getByRole("link", { name: /^連絡先/ }).click();
  const form = page.getByRole("region", { name: "高松市国民健康保険" });
  await form.getByLabel("電話番号").fill("087-839-0000");
  await form.getByLabel("お知らせの受け取り方").selectOption({ label: "このサイトで見る（郵送は不要）" });
  await look(page, "contact");
  await form.getByRole("button", { name: /^この保険者に送る/ }).click();
  await expect(page.getByText("保険者に届きました。")).toBeVisible();
  await expect(form.getByLabel("お知らせの受け取り方")).toHaveValue("portal");
  await look(page, "contact-said");

  await enter(page, region, region.insurerClerks[0]);
  await page.getByRole("link", { name: "連絡先" }).click();
  const row = page.getByRole("row").filter({ hasText: region.resident("nhi").name });
  await expect(row).toContainText("0878390000");
  await expect(row).toContainText("ポータル（郵送は不要）");
  await look(page, "insurer-contacts");
});
