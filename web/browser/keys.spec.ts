import { expect, type Page, test } from "@playwright/test";
import { fresh, PASSWORD, person, room, stranger, texts } from "./people.ts";

async function tabTo(page: Page, name: RegExp, key = "Tab"): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    const here = await page.evaluate(() => {
      const at = document.activeElement;
      return at?.getAttribute("aria-label") ?? at?.textContent ?? "";
    });
    if (name.test(here)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${name} is not reached by Tab`);
}

test("everything that one does in a day is done by keyboard alone", async ({ browser }) => {
  const page = await stranger(browser);
  const [username, lobby] = [fresh("keys"), fresh("lobby")];
  await page.goto("/");
  await tabTo(page, /^Create an account$/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Shift+Tab");
  await page.getByLabel("Username").focus();
  await page.keyboard.type(username);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Hello," })).toBeVisible();
  await tabTo(page, /^Create a room$/);
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.keyboard.type(lobby);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: lobby })).toBeVisible();
  await expect(page.locator(".composer textarea")).toBeFocused();

  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await page.locator(".composer textarea").evaluate((area) => {
    // As Safari says the Enter that takes what an input method offers: not composing, but this code.
    area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true }));
  });
  await expect(page.locator(".composer textarea")).toHaveValue("one\ntwo");
  await page.keyboard.press("Enter");
  await expect.poll(() => texts(page)).toEqual(["one\ntwo"]);
  await expect(page.locator(".message[data-seq]")).toHaveCount(1);
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("textbox", { name: "Edit" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator(".composer textarea")).toBeFocused();

  await tabTo(page, /: one two$/, "Shift+Tab");
  await expect(page.locator(".message")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Delete this message?" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator(".message")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Delete this message?" })).toBeVisible();
  await tabTo(page, /^Delete$/);
  await page.keyboard.press("Enter");
  await expect(page.getByText("This message was deleted.")).toBeVisible();
});

test("keys lead from conversation to conversation", async ({ browser }) => {
  const ada = await person("ada");
  const [first, second] = [await room(ada), await room(ada)];
  const page = await ada.page(browser);
  await page.goto(`/c/${first.id}`);
  await expect(page.getByRole("heading", { name: first.name })).toBeVisible();
  await page.keyboard.press("Alt+ArrowDown");
  await expect(page.getByRole("heading", { name: second.name })).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type(first.name);
  await page.keyboard.press("Enter");

  await expect(page.getByRole("heading", { name: first.name })).toBeVisible();
});
