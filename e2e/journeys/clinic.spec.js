import { look } from "../look.js";
import { expect, logIn, test } from "./test.js";

const TABS_MAX = 30;

/** Moves the focus to an element as a keyboard user does. */
async function tabTo(page, element) {
  const focused = () => element.evaluate((it) => it === document.activeElement);
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    if (await focused()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("the keyboard does not reach the element");
}

/** Logs the demo's clerk in, up to the reception screen, by keys alone. */
async function openReception(page, region) {
  await page.goto(region.clinic);
  await tabTo(page, page.getByRole("button", { name: /体験用にログイン/ }).first());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "資格確認" })).toBeVisible();
}

/** Allows this clinic to read cards without a PIN, in the agent's window, the first time it asks. */
async function pair(page) {
  const button = page.getByRole("button", { name: "許可の画面を開く" });
  await tabTo(page, button);
  const opened = page.waitForEvent("popup");
  await page.keyboard.press("Enter");
  const window = await opened;
  await expect(window.getByRole("heading", { name: "このサイトに許可しますか" })).toBeVisible();
  await look(window, "agent-pair");
  await tabTo(window, window.getByRole("button", { name: "許可する" }));
  await window.keyboard.press("Enter");
}

test("a clerk checks eligibility by keyboard alone, and the resident sees who looked", async ({ page, browser, region }) => {
  const resident = region.resident("nhi");
  await region.take("desk");
  await page.goto(region.clinic);
  await look(page, "clinic-login");
  await openReception(page, region);
  await pair(page);
  await expect(page.getByText("カードをリーダーに置いてください。").first()).toBeVisible();
  await look(page, "clinic-reception");

  await region.put("desk", resident.card);
  await expect(page.getByRole("heading", { level: 1, name: "資格確認の結果" })).toBeVisible();
  await expect(page.getByText("有効", { exact: true }).first()).toBeVisible();
  await expect(page.getByText(resident.name).first()).toBeVisible();
  await expect(page.getByText("正式な資格確認は、オンライン資格確認または資格確認書で行ってください。")).toBeVisible();
  await look(page, "clinic-valid");

  // the next patient, whose coverage has ended: taking one card away and putting another down is all it needs
  const lapsed = region.resident("lapsed");
  await region.take("desk");
  await expect(page.getByText("カードをリーダーに置いてください。").first()).toBeVisible();
  await region.put("desk", lapsed.card);
  await expect(page.getByText("無効", { exact: true }).first()).toBeVisible();
  await look(page, "clinic-not-valid");

  // a claim of last month: the date is chosen first, by keys, while no card lies there to be read at once
  await region.take("desk");
  await expect(page.getByText("カードをリーダーに置いてください。").first()).toBeVisible();
  await page.goto(`${region.clinic}/reception`);
  const lastMonth = new Date(Date.now() - 35 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("確認する日").fill(lastMonth);
  await page.keyboard.press("Enter");
  await expect(page.getByText("の資格を確認します。", { exact: false })).toBeVisible();
  await look(page, "clinic-date");
  await region.put("desk", resident.card);
  await expect(page.getByRole("heading", { level: 1, name: "資格確認の結果" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2, name: "保険者ごとの回答" })).toBeVisible();
  await look(page, "clinic-on-date");

  const home = await browser.newContext({ locale: "ja-JP", timezoneId: "Asia/Tokyo" });
  const own = await home.newPage();
  await region.take("desk");
  await logIn(own, region, resident);
  await own.getByRole("link", { name: /保険証加入情報/ }).click();
  await own.getByRole("link", { name: "メニューへ戻る" }).click();
  await own.getByRole("link", { name: /わたしの情報を見た人/ }).click();
  const looks = own.getByRole("listitem");
  await expect(looks.filter({ hasText: "受付での資格確認" }).filter({ hasText: region.clinicName }).first()).toBeVisible();
  await expect(looks.filter({ hasText: "本人による閲覧" }).first()).toContainText("あなた");
  await look(own, "looks-both");
  await home.close();
});

test("a clerk checks once more by the reference, after the card has gone", async ({ page, region }) => {
  const resident = region.resident("nhi");
  await region.take("desk");
  await openReception(page, region);
  await pair(page);
  await region.put("desk", resident.card);
  await expect(page.getByText("有効", { exact: true }).first()).toBeVisible();
  const reference = await page.getByLabel("照会番号", { exact: true }).inputValue();
  await region.take("desk");
  await expect(page.getByText("カードをリーダーに置いてください。").first()).toBeVisible();

  await page.goto(`${region.clinic}/reception`);
  await page.getByLabel("照会番号", { exact: true }).fill(reference);
  await page.getByRole("button", { name: "もう一度確かめる" }).click();
  await expect(page.getByText("前回の確認から変わっていません")).toBeVisible();
  await expect(page.getByText(resident.name).first()).toBeVisible();
  await look(page, "clinic-again");

  await page.goto(`${region.clinic}/reception`);
  await page.getByLabel("照会番号", { exact: true }).fill("AAAA");
  await page.getByRole("button", { name: "もう一度確かめる" }).click();
  await expect(page.getByText("CLN-03")).toBeVisible();
  await look(page, "clinic-again-refused");
});

test("when the insurer is down the clerk is not told that there is no coverage", async ({ page, region }) => {
  await region.take("desk");
  await openReception(page, region);
  await pair(page);
  await region.stopInsurer("370015");
  try {
    await region.put("desk", region.resident("nhi").card);
    await expect(page.getByText("確認できません", { exact: true }).first()).toBeVisible();
    await look(page, "clinic-insurer-down");
  } finally {
    await region.startInsurer("370015");
    await region.take("desk");
  }
});

test("a clerk registers a passkey and logs in with it", async ({ page, region }) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  });
  await openReception(page, region);
  await page.getByRole("link", { name: "パスキー" }).click();
  await look(page, "clinic-passkeys");
  await page.getByRole("button", { name: "パスキーを登録する" }).click();
  await expect(page.getByText("登録済み 1 個")).toBeVisible();

  await page.getByRole("button", { name: "ログアウト" }).click();
  await page.getByLabel("利用者名").fill(region.clerk);
  await page.getByRole("button", { name: "パスキーでログイン" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "資格確認" })).toBeVisible();
});
