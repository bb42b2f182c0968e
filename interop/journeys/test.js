// `test` with a region and the judges beside it, and the acts that journeys share.

import { test as base, agentWindow, expect } from "../../e2e/journeys/test.js";
import { startPeers } from "../peers.js";

export { expect };

export const test = base.extend({
  peers: [
    async ({ region }, use) => {
      const peers = await startPeers(region);
      await use(peers);
      peers.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  kmix: async ({ region }, use) => use(runs(region, "k-mix")),
  phr: async ({ region }, use) => use(runs(region, "phr")),
});

function runs(region, service) {
  const address = region.services[service];
  if (!address) throw new Error(`${service} does not run:\n${region.said}`);
  return address;
}

/** Answers the portal's question for card and PIN, to which a service's request has led. */
export async function cardAndPin(page, region, resident) {
  await region.put("home", resident.card);
  const window = await agentWindow(page, await ready(page, page.getByRole("button", { name: "カードでログイン", exact: true })));
  await window.getByLabel("カードの暗証番号（数字6桁）").fill(resident.pin);
  await window.getByRole("button", { name: "確認する" }).click();
}

/** Answers it with the card alone, and allows the portal to read it without a PIN, as it must be the first time. */
export async function cardAlone(page, region, resident) {
  await region.put("home", resident.card);
  await (await ready(page, page.getByRole("button", { name: "カードだけでログイン" }))).click();
  const window = await agentWindow(page, page.getByRole("button", { name: "許可の画面を開く" }));
  await window.getByRole("button", { name: "許可する" }).click();
}

/** A page on the way goes on by itself, and a button does nothing before its page is whole. */
async function ready(page, button) {
  await button.waitFor();
  await page.waitForLoadState();
  return button;
}

/** Leaves K-MIX and the portal. mod_auth_mellon looks sessions up by name: one that is left behind would be taken for the next. */
export async function leave(page, kmix) {
  await page.goto(`${kmix}/mellon/logout?ReturnTo=/open/signed-out.html`);
  await page.waitForURL((url) => url.href.startsWith(`${kmix}/open/signed-out.html`));
}

/** Waits until the browser is at a service, and agrees to the release if the portal asks on the way. */
export async function arrive(page, address) {
  const there = (url) => url.href.startsWith(address);
  const agree = page.getByRole("button", { name: "渡してログイン" });
  await Promise.race([page.waitForURL(there), agree.waitFor()]);
  if (!there(new URL(page.url()))) await agree.click();
  await page.waitForURL(there);
}

/** Logs a resident in to a service that the browser has no session with, by card and PIN. */
export async function logInTo(page, region, resident, address, first = address) {
  await page.goto(first);
  await cardAndPin(page, region, resident);
  await arrive(page, address);
}

/** The value beside a caption in a list of facts. */
export function fact(page, caption) {
  return page.locator("dt", { hasText: caption }).locator("+ dd");
}

/** What a judge's page says it believed. */
export async function said(page) {
  return JSON.parse(await page.locator("#said").textContent());
}

/** The SAML message that the browser next posts to an address, decoded: for a look, not for a judgement. */
export async function posted(page, address) {
  const request = await page.waitForRequest((request) => request.method() === "POST" && request.url().startsWith(address));
  return decoded(new URLSearchParams(request.postData()));
}

/** Changes the next response that is posted to an address on its way there. */
export async function tamper(page, address, change) {
  await page.route(
    (url) => url.href.startsWith(address),
    async (route) => {
      const form = new URLSearchParams(route.request().postData());
      const before = decoded(form);
      const after = change(before);
      expect(after, "something was changed").not.toBe(before);
      form.set("SAMLResponse", Buffer.from(after).toString("base64"));
      await route.continue({ postData: form.toString() });
    },
    { times: 1 },
  );
}

function decoded(form) {
  return Buffer.from(form.get("SAMLResponse"), "base64").toString();
}

/** Another letter in the ciphertext of an assertion. */
export function otherCipher(xml) {
  return xml.replace(/(<(?:\w+:)?CipherValue>.{40})(.)/gs, (all, before, letter) => before + (letter === "A" ? "B" : "A"));
}

/** Another letter in the name of the person. */
export function otherName(xml) {
  return xml.replace(/(<(?:\w+:)?NameID\b[^>]*>)(.)/s, (all, before, letter) => before + (letter === "A" ? "B" : "A"));
}
