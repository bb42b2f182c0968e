// K-MIX: an old web application behind Apache, whose door is mod_auth_mellon.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { logIn } from "../../e2e/journeys/test.js";
import { look } from "../../e2e/look.js";
import { ssc } from "../peers.js";
import { arrive, cardAlone, cardAndPin, expect, fact, leave, logInTo, otherCipher, posted, tamper, test } from "./test.js";

const WELCOME = { name: "遠隔医療ネットワークへようこそ" };
const PSEUDONYM = "K-MIXだけの仮名";

test("the lines of the operator's guide are the ones that stand before K-MIX, and they are ten", async () => {
  const text = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
  const lines = (block) => block.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  const guide = /```apache\n(.*?)```/s.exec(await text("docs/operator/card-login-in-front.md"))[1];
  const ours = lines(await text("interop/peers/kmix/card-login.conf"));
  expect(lines(guide)).toEqual(ours);
  expect(ours.length).toBeLessThanOrEqual(10);
});

test("K-MIX without the records opens to the card alone, and asks for the PIN before the cases", async ({ page, region, kmix }) => {
  const resident = region.resident("changed");
  const entity = `${kmix}/mellon/metadata`;
  const before = join(region.dir, "services/k-mix/policy.toml");
  const after = join(region.dir, "services/k-mix/policy-without-records.toml");
  const lines = (await readFile(before, "utf8")).split("\n");
  await writeFile(after, lines.filter((line) => !/^(bootstrap|records) /.test(line)).join("\n"));
  await ssc(region, "admin", "--config", "CONFIG", "service", "policy", entity, after);
  try {
    // A running platform learns within a moment what the office has changed.
    await expect(async () => {
      await page.goto(kmix);
      await expect(page.getByRole("button", { name: "カードだけでログイン" })).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await look(page, "k-mix-login");
    await cardAlone(page, region, resident);
    await arrive(page, kmix);
    await expect(page.getByRole("heading", WELCOME)).toBeVisible();
    await expect(page.getByText(resident.name), "nobody's name is told for a card alone").toHaveCount(0);
    await look(page, "k-mix");

    await page.getByRole("link", { name: "症例を見る" }).click();
    await expect(page.getByRole("heading", { name: "暗証番号による確認が必要です" })).toBeVisible();
    await look(page, "k-mix-pin-needed");
    await page.getByRole("link", { name: "カードと暗証番号で確認する" }).click();
    await cardAndPin(page, region, resident);
    await expect(page.getByRole("heading", { name: "わたしの症例" })).toBeVisible();
    await look(page, "k-mix-cases");

    // Both logins end: the one by the card alone, and the one by the PIN.
    await page.goto(`${region.portal}/menu`);
    await page.getByRole("button", { name: "ログアウト" }).click();
    await expect(page.getByRole("heading", { name: "ログアウトしました" })).toBeVisible();
    await page.goto(kmix);
    await expect(page.getByRole("button", { name: "カードだけでログイン" })).toBeVisible();
  } finally {
    await ssc(region, "admin", "--config", "CONFIG", "service", "policy", entity, before);
  }
});

test("K-MIX opens from the portal's list of services, without a request of its own", async ({ page, region, kmix }) => {
  await logInTo(page, region, region.resident("nhi"), kmix);
  await leave(page, kmix);
  await logIn(page, region, region.resident("nhi"));
  await page.goto(`${region.portal}/services`);
  const response = posted(page, `${kmix}/mellon/postResponse`);
  await page.getByRole("button", { name: /K-MIXを開く/ }).click();
  await arrive(page, kmix);
  await expect(page.getByRole("heading", WELCOME)).toBeVisible();
  expect(await response).not.toContain("InResponseTo");
  await leave(page, kmix);
});

test("K-MIX gets a name once the office and the resident agree to it", async ({ page, region, kmix }) => {
  const entity = `${kmix}/mellon/metadata`;
  const resident = region.resident("nhi");
  const before = join(region.dir, "services/k-mix/policy.toml");
  const after = join(region.dir, "services/k-mix/policy-with-name.toml");
  await writeFile(after, `${await readFile(before, "utf8")}release = ["name"]\n`);
  await ssc(region, "admin", "--config", "CONFIG", "service", "policy", entity, after);
  try {
    await page.goto(kmix);
    await cardAndPin(page, region, resident);
    await expect(page.getByRole("button", { name: "渡してログイン" })).toBeVisible();
    await look(page, "k-mix-release");
    await arrive(page, kmix);
    await expect(fact(page, "氏名")).toHaveText(resident.name);
    await leave(page, kmix);
  } finally {
    await ssc(region, "admin", "--config", "CONFIG", "service", "policy", entity, before);
  }
});

test("K-MIX gets its assertion encrypted, and refuses one that was changed", async ({ page, region, kmix }) => {
  // Nobody else's: the refused login stays in the portal's list, and K-MIX knows nothing of it.
  const resident = region.resident("lapsed");
  const consumer = `${kmix}/mellon/postResponse`;
  await tamper(page, consumer, otherCipher);
  await page.goto(kmix);
  await cardAndPin(page, region, resident);
  await arrive(page, consumer);
  await expect(page.getByText("Bad Request")).toBeVisible();

  const response = posted(page, consumer);
  await page.goto(kmix);
  await expect(page.getByRole("heading", WELCOME), "unchanged, and without another PIN").toBeVisible();
  expect(await response).toContain("EncryptedAssertion");
  expect(await response).not.toContain("NameID");
});

test("K-MIX knows a resident again, and its logout ends the portal's session", async ({ page, region, kmix }) => {
  await logInTo(page, region, region.resident("nhi"), kmix);
  const name = await fact(page, PSEUDONYM).textContent();

  await page.getByRole("link", { name: "ログアウト" }).click();
  await expect(page.getByRole("heading", { name: "ログアウトしました" })).toBeVisible();
  expect(page.url()).toContain(`${kmix}/open/signed-out.html`);
  await look(page, "k-mix-signed-out");
  await page.goto(`${region.portal}/menu`);
  await expect(page.getByRole("heading", { name: "メインメニュー" })).toHaveCount(0);

  await logInTo(page, region, region.resident("nhi"), kmix);
  await expect(fact(page, PSEUDONYM)).toHaveText(name);
  await leave(page, kmix);
});
