import { defineConfig } from "@playwright/test";

// One region, one browser, one journey at a time: the readers on the desk are real resources.
export default defineConfig({
  testDir: "journeys",
  outputDir: "output/traces",
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json", { outputFile: "output/report.json" }]],
  use: {
    locale: "ja-JP",
    timezoneId: "Asia/Tokyo",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // Chromium's own sandbox refuses to run as root, which is what CI is.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
