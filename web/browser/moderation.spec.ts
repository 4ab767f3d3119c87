import { expect, test } from "@playwright/test";
import { examine } from "./axe.ts";
import { admin, message, PASSWORD, person, room, stranger } from "./people.ts";

test("a report is upheld, its author silenced, and heard when they appeal", async ({ browser }) => {
  const [ada, ben, boss] = [await person("ada"), await person("ben"), await admin()];
  const { id } = await room(ada, ben);
  await ben.say(id, "buy my pills");
  await ben.say(id, "buy my pills now");
  const page = await ada.page(browser);
  await page.goto(`/c/${id}`);
  for (const text of ["buy my pills", "buy my pills now"]) {
    await message(page, text).hover();
    await page.locator(".message:hover").getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Report" }).click();
    await page.getByLabel("What the moderators should know").fill("again and again");
    if (text === "buy my pills") await examine(page, "report", ".dialog");
    await page.locator(".dialog").getByRole("button", { name: "Report" }).click();
    await expect(page.getByText("Thank you.").last()).toBeVisible();
  }

  const desk = await boss.page(browser);
  await desk.goto("/moderation");
  await expect(desk.getByText("again and again")).toHaveCount(2);
  await expect(desk.getByText(`about ${ben.name}`)).toHaveCount(2); // Whom this page has never met.
  await desk.getByLabel("Choose all").check();
  await desk.getByLabel("Reason").fill("Advertising");
  await desk.getByLabel("What follows").selectOption("A day of silence");
  await examine(desk, "reports", "main");
  await desk.getByRole("button", { name: "Uphold" }).click();
  await expect(desk.getByText("No open reports.")).toBeVisible();
  await expect(page.getByText("This message was deleted.")).toHaveCount(2);

  const own = await ben.page(browser);
  await own.goto("/settings/privacy");
  await own.getByRole("button", { name: "Appeal" }).first().click();
  await own.getByLabel("Why it is not right").fill("It was a joke");
  await own.getByRole("button", { name: "Send the appeal" }).click();
  await expect(own.getByText("The appeal is being looked at.")).toBeVisible();

  await desk.getByRole("link", { name: "Sanctions" }).click();
  await expect(desk.getByText("Advertising").first()).toBeVisible();
  await examine(desk, "sanctions", "main");
  await desk.getByRole("link", { name: "Appeals" }).click();
  await expect(desk.getByText("It was a joke")).toBeVisible();
  await examine(desk, "appeals", "main");
  await desk.getByLabel("Reason").first().fill("It was");
  await desk.getByRole("button", { name: "Grant" }).click();
  await expect(desk.getByText("Nobody appeals.")).toBeVisible();
  await desk.getByRole("link", { name: "Files" }).click();
  await expect(desk.getByText("No file is held back.")).toBeVisible();
});

test("who is banned reads why at the door, and appeals", async ({ browser }) => {
  const [eve, boss] = [await person("eve"), await admin()];
  const ban = { user_id: eve.id, kind: "ban", reason: "Advertising", seconds: 3600 };
  await boss.call("POST", "/api/v2/moderation/sanctions", ban);
  const door = await stranger(browser);
  await door.goto("/");
  await door.getByLabel("Username").fill(eve.name);
  await door.getByLabel("Password").fill(PASSWORD);
  await door.keyboard.press("Enter");
  await expect(door.getByText("Advertising")).toBeVisible();
  await door.getByLabel("Why it is not right").fill("It was a friend of mine");
  await examine(door, "banned");
  await door.keyboard.press("Enter");

  await expect(door.getByText("The appeal is being looked at.")).toBeVisible();
});

test("what one's role does not allow is not offered", async ({ browser }) => {
  const [ada, lea, boss] = [await person("ada"), await person("lea"), await admin()];
  await boss.call("PUT", "/auth/roles/listener", { permissions: ["reports.review"] });
  await boss.call("PUT", `/auth/users/${lea.id}/role`, { role: "listener" });
  const { id } = await room(ada, lea);
  const page = await (await lea.again()).page(browser);
  await page.goto(`/c/${id}`);
  await expect(page.getByText("You may only read here.")).toBeVisible();
  await page.locator(".own").getByRole("button").click();
  await page.getByRole("menuitem", { name: "Moderation" }).click();

  await expect(page.getByRole("navigation", { name: "Moderation" }).getByRole("link")).toHaveText([
    "Reports",
  ]);
});
