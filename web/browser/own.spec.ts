import { expect, test } from "@playwright/test";
import { examine } from "./axe.ts";
import { message, person, room, say, visit } from "./people.ts";

test("a draft and the theme follow their user to another device", async ({ browser }) => {
  const ada = await person("ada");
  const { id, name } = await room(ada);
  const desk = await ada.page(browser);
  const phone = await (await ada.again()).page(browser);
  await phone.goto(`/c/${id}`);
  await expect(phone.locator(".composer textarea")).toBeVisible();
  await desk.goto(`/c/${id}`);
  await desk.locator(".composer textarea").fill("half a thought");
  await expect(phone.locator(".composer textarea")).toHaveValue("half a thought");
  const tab = await desk.context().newPage();
  await tab.goto(`/c/${id}`);
  await expect(tab.locator(".composer textarea")).toHaveValue("half a thought");
  await tab.locator(".composer textarea").fill("half a thought more");
  await expect(desk.locator(".composer textarea")).toHaveValue("half a thought more");
  await tab.close();
  await visit(desk, "/settings/appearance");
  await expect(desk.getByRole("link", { name: new RegExp(`${name}.*A draft`) })).toBeVisible();
  await desk.getByLabel("Dark").check();
  await expect(phone.locator("html")).toHaveAttribute("data-theme", "dark");

  await say(phone, "a whole one");
  await visit(desk, `/c/${id}`);
  await expect(message(desk, "a whole one")).toBeVisible();
  await expect(desk.locator(".composer textarea")).toHaveValue("");
});

test("what one says about oneself reaches the others, and who is blocked is not heard", async ({
  browser,
}) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  await ben.say(id, "hear me");
  const [left, right] = [await ada.page(browser), await ben.page(browser)];
  await left.goto(`/c/${id}`);
  await right.goto("/settings/profile");
  await right.getByLabel("Name that others see").fill("Benjamin");
  await right.getByLabel("Status").fill("on a bicycle");
  await right.getByRole("button", { name: "Save" }).click();
  await expect(left.locator(".byline").getByText("Benjamin")).toBeVisible();
  await left.getByRole("button", { name: "Members" }).click();
  await expect(left.getByText("on a bicycle")).toBeVisible();
  await left.getByRole("button", { name: "About Benjamin" }).click();
  await visit(right, `/c/${id}`);
  await expect(right.locator(".composer textarea")).toBeVisible();
  await left.getByRole("menuitem", { name: "Let them only read" }).click();
  await expect(left.getByText("reads only")).toBeVisible();
  await expect(right.getByText("You may only read here.")).toBeVisible();
  await left.getByRole("button", { name: "About Benjamin" }).click();
  await left.getByRole("menuitem", { name: "Block" }).click();
  await expect(left.getByText("whom you have blocked.")).toBeVisible();
  await expect(message(left, "hear me")).toHaveCount(0);

  await visit(left, "/settings/privacy");
  await left.getByLabel("Let others see how far I have read").uncheck();
  await left.getByRole("button", { name: "Unblock Benjamin" }).click();
  await expect(left.getByText("Nobody.")).toBeVisible();
  await visit(left, "/settings/notifications");
  await left.getByLabel("Quiet hours").check();
  await expect(left.getByLabel("From")).toHaveValue("22:00");
  await left.getByLabel("From").fill("21:30");
  await expect.poll(async () => (await ada.call<Quiet>("GET", QUIET)).quiet_from).toBe("21:30");
  expect(await ada.call("GET", "/api/v2/me/preferences/read_receipts")).toMatchObject({
    value: false,
  });
});

const QUIET = "/api/v2/notifications/preferences";

interface Quiet {
  quiet_from: string | null;
}

test("a message is sent later, or not; what it said before and who reacted can be seen", async ({
  browser,
}) => {
  const ada = await person("ada");
  const { id } = await room(ada);
  const page = await ada.page(browser);
  await page.goto(`/c/${id}`);
  await page.locator(".composer textarea").fill("tomorrow, then");
  await page.getByRole("button", { name: "Send later" }).click();
  await page.getByRole("button", { name: "Tomorrow morning" }).click();
  await examine(page, "later", ".dialog");
  await page.getByRole("button", { name: "Schedule" }).click();
  await expect(page.locator(".composer textarea")).toHaveValue("");
  await page.getByRole("link", { name: "Scheduled" }).click();
  await expect(page.getByText("tomorrow, then")).toBeVisible();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Message").fill("the day after");
  await page.getByRole("button", { name: "Schedule" }).click();
  await expect(page.getByText("the day after")).toBeVisible();
  await page.getByRole("button", { name: "Do not send" }).click();
  await expect(page.getByText("Nothing waits to be sent.")).toBeVisible();

  const said = await ada.say(id, "frist");
  await ada.call("PATCH", `/api/v2/messages/${said.id}`, { content: "first" });
  await ada.call("PUT", `/api/v2/messages/${said.id}/reactions/${encodeURIComponent("🎉")}`);
  await page.goBack();
  await page.getByRole("button", { name: "(edited)" }).click();
  await expect(page.locator(".edits").getByText("frist")).toBeVisible();
  await examine(page, "edits", ".dialog");
  await page.keyboard.press("Escape");
  await message(page, "first").hover();
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Who reacted" }).click();
  await expect(page.locator(".dialog").getByText("🎉", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "More about this room" }).click();
  await page.getByRole("menuitem", { name: "Notifications" }).click();
  await page.locator(".dialog").getByLabel("All messages").check();
  await page.locator(".dialog").getByRole("button", { name: "A day" }).click();
  await expect(page.getByText("Silent until")).toBeVisible();
  await examine(page, "attention", ".dialog");
  await page.keyboard.press("Escape");
  await expect(page.locator(".dialog")).toHaveCount(0);
});

test("an owner archives a room by keyboard, all see that it is only read, and it is opened again", async ({
  browser,
}) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  await ben.say(id, "goodbye");
  const [left, right] = [await ada.page(browser), await ben.page(browser)];
  await left.goto(`/c/${id}`);
  await right.goto(`/c/${id}`);
  await expect(message(right, "goodbye")).toBeVisible();
  await right.getByRole("button", { name: "More about this room" }).click();
  await expect(right.getByRole("menuitem", { name: "Archive" })).toHaveCount(0);
  await right.keyboard.press("Escape");
  await left.getByRole("button", { name: "More about this room" }).focus();
  await left.keyboard.press("Enter");
  await left.getByRole("menuitem", { name: "Archive the room" }).press("Enter");
  await left.locator(".dialog").getByRole("button", { name: "Archive the room" }).press("Enter");
  for (const page of [left, right]) {
    await expect(page.getByText("This room is archived")).toBeVisible();
    await expect(page.locator("textarea")).toHaveCount(0);
  }
  await examine(left, "an archived room");
  await message(right, "goodbye").hover();
  await right.getByRole("button", { name: "More actions" }).click();
  await expect(right.getByRole("menuitem", { name: "Edit" })).toHaveCount(0);
  await right.reload();
  await expect(right.getByText("This room is archived")).toBeVisible();
  const other = await (await ben.again()).page(browser); // Which was not there when it was told.
  await other.goto(`/c/${id}`);
  await expect(other.getByText("This room is archived")).toBeVisible();

  await left.getByRole("button", { name: "More about this room" }).click();
  await left.getByRole("menuitem", { name: "Open the room again" }).click();
  await say(right, "hello again");
  await expect(message(left, "hello again")).toBeVisible();
});
