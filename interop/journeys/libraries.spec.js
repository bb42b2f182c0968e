// pysaml2 and node-saml: what most services in Python and JavaScript stand on.

import { logIn } from "../../e2e/journeys/test.js";
import { arrive, expect, logInTo, otherCipher, otherName, posted, said, tamper, test, cardAndPin } from "./test.js";

const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const CHANGED = { pysaml2: otherCipher, "node-saml": otherName };

for (const name of ["pysaml2", "node-saml"]) {
  test(`${name} believes our answers to its requests by redirect and by POST, and logs out`, async ({ page, region, peers }) => {
    const origin = peers.origin(name);
    const response = posted(page, `${origin}/acs`);
    await logInTo(page, region, region.resident("khi"), `${origin}/acs`, `${origin}/login/redirect`);
    const first = await said(page);
    expect(first).toMatchObject({ format: PERSISTENT, relayState: "by-redirect" });
    expect((await response).includes("EncryptedAssertion")).toBe(name === "pysaml2");

    await page.goto(`${origin}/login/post`);
    await arrive(page, `${origin}/acs`);
    expect(await said(page)).toMatchObject({ nameId: first.nameId, relayState: "by-post" });

    await page.goto(`${origin}/logout/redirect`);
    await arrive(page, `${origin}/slo`);
    expect(await said(page)).toEqual({ loggedOut: true });
    await loggedOut(page, region);
  });

  test(`${name} refuses a response that was changed on its way`, async ({ page, region, peers }) => {
    const origin = peers.origin(name);
    await tamper(page, `${origin}/acs`, CHANGED[name]);
    await page.goto(`${origin}/login/redirect`);
    await cardAndPin(page, region, region.resident("khi"));
    await arrive(page, `${origin}/acs`);
    expect(Object.keys(await said(page))).toEqual(["refused"]);
  });
}

test("pysaml2 logs out behind the browser's back", async ({ page, region, peers }) => {
  const origin = peers.origin("pysaml2");
  await logInTo(page, region, region.resident("khi"), `${origin}/acs`, `${origin}/login/redirect`);
  await page.goto(`${origin}/logout/soap`);
  expect(await said(page)).toEqual({ loggedOut: true });
  await loggedOut(page, region);
});

test("pysaml2 gets the same attributes by a question of its own, for as long as the login lasts", async ({ page, region, peers }) => {
  // Not the others' resident: a question names a person, and any login of theirs there will do.
  const resident = region.resident("nhi");
  const origin = peers.origin("pysaml2");
  await logInTo(page, region, resident, `${origin}/acs`, `${origin}/login/redirect`);
  const { nameId, attributes } = await said(page);
  expect(attributes, "what was asked for and agreed, not the address").toEqual({ displayName: [resident.name] });
  await page.goto(`${origin}/attributes`);
  expect(await said(page)).toEqual({ nameId, attributes });

  await page.goto(`${origin}/logout/soap`);
  await page.goto(`${origin}/attributes`);
  expect(Object.keys(await said(page))).toEqual(["refused"]);
});

test("both libraries confirm a logout that begins at the portal", async ({ page, region, peers }) => {
  const services = ["pysaml2", "node-saml"].map((name) => peers.origin(name));
  await logIn(page, region, region.resident("khi"));
  for (const origin of services) {
    await page.goto(`${origin}/login/redirect`);
    await arrive(page, `${origin}/acs`);
  }
  await page.goto(`${region.portal}/services`);
  await expect(page.getByRole("heading", { name: "体験用の相談室" }), "no entity ID, but a name").toBeVisible();
  await expect(page.locator("main")).not.toContainText("://");
  await page.goto(`${region.portal}/menu`);
  await page.getByRole("button", { name: "ログアウト" }).click();
  await expect(page.getByRole("heading", { name: "ログアウトしました" })).toBeVisible();
  await expect(page.getByText("ログアウト済み")).toHaveCount(services.length);
});

async function loggedOut(page, region) {
  await page.goto(`${region.portal}/menu`);
  await expect(page.getByRole("heading", { name: "メインメニュー" }), "the portal's session has ended").toHaveCount(0);
}
