import { chromium } from "@playwright/test";

import { expect, logIn, test } from "./test.js";

// The portal of a real region has a public address, and Chromium asks the person before such a page may reach this machine.
test("a portal with a public address reaches the agent once the person allowed it", async ({ region, locale }) => {
  const { host, origin } = new URL(region.portal);
  const port = host.split(":")[1];
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...root, `--ip-address-space-overrides=127.0.0.1:${port}=public,[::1]:${port}=public`],
  });
  try {
    const context = await browser.newContext({ locale });
    const devtools = await browser.newBrowserCDPSession();
    const page = await context.newPage();
    const { targetInfo } = await (await context.newCDPSession(page)).send("Target.getTargetInfo");
    await devtools.send("Browser.setPermission", {
      permission: { name: "loopback-network" },
      setting: "granted",
      origin,
      browserContextId: targetInfo.browserContextId,
    });
    await logIn(page, region, region.resident("nhi"));
  } finally {
    await browser.close();
  }
});
