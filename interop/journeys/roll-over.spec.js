// The identity provider changes its keys while everybody goes on.

import { identityProvider, reload, ssc } from "../peers.js";
import { arrive, expect, leave, logInTo, test } from "./test.js";

const USED_AFTER_SECONDS = 8;

test("K-MIX goes on over a change of keys, because it reads the metadata again", async ({ page, region, kmix, phr }) => {
  const resident = region.resident("nhi");
  await logInTo(page, region, resident, kmix);
  await leave(page, kmix);
  const before = await certificates(region);

  await ssc(region, "admin", "--config", "CONFIG", "service", "roll-keys", "--after-seconds", String(USED_AFTER_SECONDS));
  const used = Date.now() + USED_AFTER_SECONDS * 1000;
  await expect.poll(() => certificates(region), "the new keys are published beside the old").not.toEqual(before);
  expect(await certificates(region)).toEqual(expect.arrayContaining(before));
  await reload(region, "k-mix");
  await logInTo(page, region, resident, kmix);
  await leave(page, kmix);

  await expect.poll(() => Date.now() > used, { timeout: 2 * USED_AFTER_SECONDS * 1000 }).toBe(true);
  await logInTo(page, region, resident, kmix);
  await expect(page.getByRole("heading", { name: "遠隔医療ネットワークへようこそ" })).toBeVisible();

  // Whoever does not read them believes nobody any more.
  await page.goto(phr);
  await arrive(page, phr);
  await expect(page.getByRole("heading", { name: "今日の記録" })).toHaveCount(0);
  await reload(region, "phr");
  await page.goto(phr);
  await arrive(page, phr);
  await expect(page.getByRole("heading", { name: "今日の記録" })).toBeVisible();
  await leave(page, kmix);
});

/** The certificates that the identity provider publishes. */
async function certificates(region) {
  const xml = await identityProvider(region);
  return [...xml.matchAll(/X509Certificate>([^<]+)</g)].map(([, certificate]) => certificate.replace(/\s/g, "")).sort();
}
