import { expect, test } from "@playwright/test";
import { person, room, say, visit } from "./people.ts";

const LENGTH = 300; // Twice what is held.

test("a long history is scrolled to its beginning and back, with few elements", async ({
  browser,
}) => {
  const ada = await person("ada");
  const { id } = await room(ada);
  for (let n = 1; n <= LENGTH; n += 50) {
    const some = Array.from({ length: 50 }, (_, k) => ada.say(id, `message ${n + k} of ${LENGTH}`));
    await Promise.all(some);
  }
  const page = await ada.page(browser);
  await page.goto(`/c/${id}`);
  await expect(page.locator(`[data-seq="${LENGTH}"]`)).toBeInViewport();
  const scroller = page.locator(".timeline");
  let most = 0;
  await expect
    .poll(
      async () => {
        await scroller.evaluate((element) => element.scrollBy(0, -2500));
        most = Math.max(most, await page.locator("[data-seq]").count());
        return page.getByText("This is where the room begins.").isVisible();
      },
      { intervals: [30] },
    )
    .toBe(true);
  await scroller.evaluate((element) => element.scrollTo(0, 0));
  await expect(page.locator('[data-seq="1"]')).toBeInViewport();
  expect(most).toBeLessThanOrEqual(220);

  await page.getByRole("button", { name: "To the latest" }).click();
  await expect(page.locator(`[data-seq="${LENGTH}"]`)).toBeInViewport();
  await visit(page, `/c/${id}/100`);
  await expect(page.locator('[data-seq="100"]')).toBeInViewport();
  await page.getByRole("button", { name: "To the latest" }).click();
  await expect(page.locator(`[data-seq="${LENGTH}"]`)).toBeInViewport();
  await visit(page, `/c/${id}/20`);
  await expect(page.locator('[data-seq="20"]')).toBeInViewport();
  await say(page, "from far up");
  await expect(page.getByText("from far up", { exact: true })).toBeInViewport();
});

test("who reads further up stays there while others write", async ({ browser }) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  await Promise.all(Array.from({ length: 60 }, (_, n) => ben.say(id, `line ${n}`)));
  const page = await ada.page(browser);
  await page.goto(`/c/${id}/20`);
  await expect(page.locator('[data-seq="20"]')).toBeInViewport();
  const before = await page.locator('[data-seq="20"]').boundingBox();
  for (let n = 0; n < 5; n += 1) await ben.say(id, "more");
  await expect(page.locator(".line .count").first()).toBeVisible();

  expect(await page.locator('[data-seq="20"]').boundingBox()).toEqual(before);
});
