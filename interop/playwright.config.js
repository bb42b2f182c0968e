import e2e from "../e2e/playwright.config.js";

export default {
  ...e2e,
  // A journey crosses several services, and each of them starts cold.
  timeout: 60_000,
  reporter: [["list"], ["json", { outputFile: "output/report.json" }]],
};
