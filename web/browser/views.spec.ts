import { expect, test } from "@playwright/test";
import { examine } from "./axe.ts";
import { person, room, say, stranger, texts, visit } from "./people.ts";

test("the doors keep WCAG 2.2 AA, light and dark", async ({ browser }) => {
  // In French, whose words are the longer ones, on the narrowest screen.
  const door = await stranger(browser, {
    locale: "fr-FR",
    viewport: { width: 360, height: 740 },
  });
  await door.goto("/");
  await expect(door.getByLabel("Nom d’utilisateur")).toBeVisible();
  await expect(door.locator(".door-card")).toBeInViewport({ ratio: 1 });
  await examine(door, "door");
  await door.getByRole("button", { name: "Créer un compte" }).click();
  await examine(door, "sign up");
});

test("a conversation and what opens in it keep WCAG 2.2 AA, light and dark", async ({
  browser,
}) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  await ben.say(
    id,
    `Hello @${ada.name}, see https://example.org and \`code\`\n\n\nagain\n> quote\n- list`,
  );
  await ada.say(id, "```\ncode\n```");
  const page = await ada.page(browser);
  await page.goto(`/c/${id}`);
  await expect.poll(async () => (await texts(page)).length).toBe(2);
  const [first, again] = await page
    .locator(".markdown > p")
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()));
  expect(again?.top).toBeGreaterThanOrEqual(first?.bottom ?? Number.NaN);
  await page.locator(".message").first().hover();
  await page.getByRole("button", { name: "More actions" }).first().click();
  await examine(page, "conversation with a menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Members" }).click();
  await expect(page.getByText(`@${ben.name}`, { exact: true })).toBeVisible();
  await page.locator(".composer textarea").fill("hello @");
  await expect(page.getByRole("option")).toHaveText([/@ben/, /@here/, /@room/]);
  await examine(page, "members and a mention");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page.locator(".composer textarea")).toHaveValue("hello @room ");
  for (const panel of ["Search", "Threads", "Pinned messages"]) {
    await page.getByRole("button", { name: panel }).click();
    await expect(page.getByRole("complementary", { name: panel })).toBeVisible();
    await examine(page, panel, ".panel");
  }
  await page.getByRole("button", { name: "Start a direct chat" }).first().click();
  await expect(page.locator("datalist option", { hasText: ben.name })).toHaveCount(1);
  await examine(page, "direct", ".dialog");
  await page.keyboard.type(ben.name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: ben.name })).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Name of a room" })).toBeVisible();
  await examine(page, "switch", ".dialog");
});

test("the other views keep WCAG 2.2 AA, light and dark", async ({ browser }) => {
  const ada = await person("ada");
  await room(ada);
  const page = await ada.page(browser);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Hello," })).toBeVisible();
  await examine(page, "welcome");
  for (const tab of ["profile", "appearance", "notifications", "privacy", "security", "sessions"]) {
    if (tab === "profile") await page.goto("/settings/profile");
    else await page.locator(`a[href="/settings/${tab}"]`).click();
    await expect(page.locator(".settings-section").first()).toBeVisible();
    await examine(page, tab, "main");
  }
  for (const name of ["Unread", "Scheduled"]) {
    await page.getByRole("link", { name }).click();
    await expect(page.getByRole("heading", { name })).toBeVisible();
    await examine(page, name, "main");
  }
  await page.keyboard.press("Control+k");
  await expect(page.locator(".dialog")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Unread" })).toBeVisible();
  await expect(page.locator(".dialog")).toHaveCount(0);
});

test("on a phone the list and the conversation are pages of their own", async ({ browser }) => {
  const ada = await person("ada");
  const { name } = await room(ada);
  const page = await ada.page(browser, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  await page.goto("/");
  await page.getByRole("link", { name }).tap();
  await say(page, "from a phone");
  await expect(page.getByText("from a phone").first()).toBeVisible();
  await expect(page.locator(".sidebar")).toBeHidden();
  const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(isWider).toBe(false);

  await visit(page, "/settings/sessions");
  await expect(page.getByRole("link", { name: "Sessions" })).toBeInViewport({ ratio: 0.9 });
  await page.getByRole("link", { name: "Back to the list" }).tap();
  await expect(page.getByRole("link", { name })).toBeVisible();
});

test("in French, for who reads French", async ({ browser }) => {
  const ada = await person("ada");
  await room(ada);
  const page = await ada.page(browser, { locale: "fr-FR" });
  await page.goto("/settings/appearance");

  await expect(page.getByRole("heading", { name: "Réglages" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "fr");
  await page.getByLabel("English").check();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await page.getByLabel("Dark").check();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
