// The PHR: an application in PHP with SimpleSAMLphp, which gets its answers by artifact.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { logIn } from "../../e2e/journeys/test.js";
import { look } from "../../e2e/look.js";
import { fetchAs, ssc } from "../peers.js";
import { arrive, cardAndPin, expect, fact, logInTo, otherCipher, posted, tamper, test } from "./test.js";

const TODAY = { name: "今日の記録" };
const PSEUDONYM = "健康手帳だけの仮名";

test("the PHR joined with the metadata that it publishes itself", async ({ region, phr }) => {
  const { host, port } = new URL(phr);
  const own = await fetchAs(host, `http://127.0.0.1:${port}/module.php/saml/sp/metadata.php/phr`);
  const registered = await readFile(join(region.dir, "services/phr/sp.xml"), "utf8");
  const said = (xml) => [...xml.matchAll(/\b(?:entityID|Location|Binding|Name)="([^"]+)"|X509Certificate>([^<\s]+)/g)].map(([, a, b]) => a ?? b);
  expect(new Set(said(registered))).toEqual(new Set(said(own)));
});

test("the PHR opens from the portal without a second PIN, by artifact, and shows what was released", async ({ page, region, phr }) => {
  const resident = region.resident("nhi");
  await logIn(page, region, resident);
  await page.goto(`${region.portal}/services`);
  await look(page, "services");
  const answer = page.waitForRequest((request) => request.url().startsWith(`${phr}/module.php/saml/sp/saml2-acs.php`));
  await page.getByRole("link", { name: /PHR.*を開く/ }).click();
  await arrive(page, phr);
  await expect(page.getByRole("heading", TODAY)).toBeVisible();
  await expect(fact(page, "氏名")).toHaveText(resident.name);
  await expect(fact(page, "生年月日")).toHaveText(/^\d{4}-\d{2}-\d{2}$/);
  await look(page, "phr");
  const { searchParams } = new URL((await answer).url());
  expect([...searchParams.keys()].sort(), "nothing but a reference went through the browser").toEqual(["RelayState", "SAMLart"]);
});

test("a resident takes their name back at the portal, and the next login hands over less", async ({ page, region, phr }) => {
  // Not the others' resident: what is handed over stays changed.
  const resident = region.resident("khi");
  await logInTo(page, region, resident, phr);
  await expect(fact(page, "氏名")).toHaveText(resident.name);

  await page.goto(`${region.portal}/services`);
  await page.getByRole("link", { name: /PHR.*に渡す情報を変える/ }).click();
  await look(page, "services-release");
  await page.getByRole("checkbox", { name: /氏名/ }).uncheck();
  await page.getByRole("button", { name: "変更を保存する" }).click();
  await expect(page.getByRole("status")).toContainText("変更を保存しました");
  const record = page.getByRole("region", { name: /PHR/ });
  await record.getByText("同意の記録").click();
  await expect(record.getByText("渡すことに同意: 生年月日", { exact: true })).toBeVisible();
  await look(page, "services-released");

  await page.context().clearCookies();
  await page.goto(phr);
  await cardAndPin(page, region, resident);
  await page.waitForURL((url) => url.href.startsWith(phr));
  await expect(fact(page, "生年月日"), "without a question").toHaveText(/^\d{4}-\d{2}-\d{2}$/);
  await expect(page.getByText(resident.name)).toHaveCount(0);
});

test("the PHR knows a resident by the same name every time, and K-MIX by another", async ({ page, region, kmix, phr }) => {
  await logInTo(page, region, region.resident("nhi"), phr);
  const name = await fact(page, PSEUDONYM).textContent();
  await page.goto(kmix);
  await arrive(page, kmix);
  const other = await fact(page, "K-MIXだけの仮名").textContent();
  expect(other).not.toBe(name);

  await page.goto(phr);
  await page.getByRole("link", { name: "ログアウト" }).click();
  await expect(page.getByText("健康手帳からログアウトしました。")).toBeVisible();
  expect(page.url()).toBe(`${phr}/signed-out`);
  await look(page, "phr-signed-out");
  await page.goto(kmix);
  await expect(page.getByText("遠隔医療ネットワークへようこそ"), "one logout for all").toHaveCount(0);

  await logInTo(page, region, region.resident("nhi"), phr);
  await expect(fact(page, PSEUDONYM)).toHaveText(name);
});

test("logging out of the portal logs out of K-MIX and the PHR", async ({ page, region, kmix, phr }) => {
  await logIn(page, region, region.resident("nhi"));
  for (const service of [kmix, phr]) {
    await page.goto(service);
    await arrive(page, service);
  }
  await page.goto(`${region.portal}/menu`);
  await page.getByRole("button", { name: "ログアウト" }).click();
  await expect(page.getByRole("heading", { name: "ログアウトしました" })).toBeVisible();
  await look(page, "portal-signed-out");
  for (const service of [kmix, phr]) {
    await page.goto(service);
    await expect(page.getByRole("button", { name: "カードでログイン", exact: true }), service).toBeVisible();
  }
});

test("the lines of the guide let a resident in to SimpleSAMLphp", async ({ page, region, phr }) => {
  const guide = await readFile(new URL("../../docs/operator/authentication.md", import.meta.url), "utf8");
  const [, lines] = /```php\n(\s*'portal' => \[.*?\n\s*\],)\n/s.exec(guide);
  // Names of its own, as everybody writes them.
  const own = lines
    .replace("'portal' =>", "'phr' =>")
    .replace("'https://app.example/simplesaml'", "getenv('PHR_ORIGIN') . '/metadata'")
    .replace("'https://portal.example/saml/metadata'", "getenv('PHR_IDP')");
  const file = join(region.dir, "services/phr/authsources.php");
  const before = await readFile(file, "utf8");
  await writeFile(file, `<?php\n$config = [\n${own}\n];\n`);
  try {
    const metadata = join(region.dir, "services/phr/by-the-guide.xml");
    const { host, port } = new URL(phr);
    await writeFile(metadata, await fetchAs(host, `http://127.0.0.1:${port}/module.php/saml/sp/metadata.php/phr`));
    expect(await ssc(region, "admin", "--config", "CONFIG", "service", "check", metadata), "it joins with what it publishes").toContain("1 to sign");
    const response = posted(page, `${phr}/module.php/saml/sp/saml2-acs.php/phr`);
    await logInTo(page, region, region.resident("nhi"), phr);
    await expect(page.getByRole("heading", TODAY)).toBeVisible();
    expect(await response, "by POST, encrypted").toContain("EncryptedAssertion");
    await page.getByRole("link", { name: "ログアウト" }).click();
    await expect(page.getByText("健康手帳からログアウトしました。")).toBeVisible();
  } finally {
    await writeFile(file, before);
  }
});

test("the PHR refuses a response that was changed on its way, and an artifact that nobody gave", async ({ page, region, phr }) => {
  const consumer = `${phr}/module.php/saml/sp/saml2-acs.php/phr`;
  const file = join(region.dir, "services/phr/authsources.php");
  const before = await readFile(file, "utf8");
  // An artifact cannot be changed into another answer; a response that travels through the browser can be tried.
  await writeFile(file, before.replace(/('ProtocolBinding' => '.*):HTTP-Artifact'/, "$1:HTTP-POST'"));
  try {
    await tamper(page, consumer, otherCipher);
    await page.goto(phr);
    await cardAndPin(page, region, region.resident("nhi"));
    await arrive(page, consumer);
    await expect(page.getByRole("heading", TODAY)).toHaveCount(0);
    await page.goto(phr);
    await expect(page.getByRole("heading", TODAY), "the same by POST, unchanged").toBeVisible();
  } finally {
    await writeFile(file, before);
  }

  await page.context().clearCookies();
  await page.route(
    (url) => url.href.startsWith(consumer),
    (route) => {
      const url = new URL(route.request().url());
      const artifact = Buffer.from(url.searchParams.get("SAMLart"), "base64");
      artifact[artifact.length - 1] ^= 1;
      url.searchParams.set("SAMLart", artifact.toString("base64"));
      return route.fulfill({ status: 303, headers: { location: url.href } });
    },
    { times: 1 },
  );
  await page.goto(phr);
  await cardAndPin(page, region, region.resident("nhi"));
  await arrive(page, consumer);
  await expect(page.getByRole("heading", TODAY)).toHaveCount(0);
});
