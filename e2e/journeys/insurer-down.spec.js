import { look } from "../look.js";
import { expect, logIn, test } from "./test.js";

test("when one insurer is down the page names it and shows the rest", async ({ page, region }) => {
  // this resident changed from the company's scheme to the city's, so both insurers hold something
  await logIn(page, region, region.resident("changed"));
  await region.stopInsurer("06379994");
  try {
    await page.goto(`${region.portal}/coverage`);
    await expect(page.getByText(/の記録を表示できません/)).toBeVisible();
    await expect(page.getByRole("heading", { level: 2, name: "高松市国民健康保険" })).toBeVisible();
    await look(page, "coverage-one-down");
  } finally {
    await region.startInsurer("06379994");
  }
  await page.reload();
  await expect(page.getByText(/の記録を表示できません/)).toHaveCount(0);
});
