import e2e from "../e2e/playwright.config.js";

export default {
  ...e2e,
  reporter: [["list"], ["json", { outputFile: "output/report.json" }]],
};
