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
  kmix: async ({ region }, use) => use(region.services["k-mix"]),
  phr: async ({ region }, use) => use(region.services.phr),
});

/** Answers the portal's question for a card and its PIN, which a service's request has led to. */
export async function cardAndPin(page, region, resident) {
  await region.put("home", resident.card);
  const window = await agentWindow(page, page.getByRole("button", { name: "カードでログイン" }));
  await window.getByLabel("カードの暗証番号（数字6桁）").fill(resident.pin);
  await window.getByRole("button", { name: "確認する" }).click();
}

/** What a judge's page says it believed. */
export async function said(page) {
  return JSON.parse(await page.locator("#said").textContent());
}

/** The SAML message that the browser next posts to an address, decoded; for a look, not for a judgement. */
export async function posted(page, address) {
  const request = await page.waitForRequest((request) => request.method() === "POST" && request.url().startsWith(address));
  const form = new URLSearchParams(request.postData());
  return Buffer.from(form.get("SAMLResponse"), "base64").toString();
}

/** Changes the next response that is posted to an address on its way. */
export async function tamper(page, address, change) {
  await page.route(
    (url) => url.href.startsWith(address),
    async (route) => {
      const form = new URLSearchParams(route.request().postData());
      const before = Buffer.from(form.get("SAMLResponse"), "base64").toString();
      const after = change(before);
      if (before === after) throw new Error("nothing was changed");
      form.set("SAMLResponse", Buffer.from(after).toString("base64"));
      await route.continue({ postData: form.toString() });
    },
    { times: 1 },
  );
}
