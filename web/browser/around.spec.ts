import { expect, test } from "@playwright/test";
import { message, person, room, say } from "./people.ts";

test("reactions, pins and threads reach the other; typing and presence are seen", async ({
  browser,
}) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  const [left, right] = [await ada.page(browser), await ben.page(browser)];
  await left.goto(`/c/${id}`);
  await right.goto(`/c/${id}`);
  await say(left, "root");
  await expect(message(right, "root")).toBeVisible();

  await message(right, "root").hover();
  await right.getByRole("button", { name: "React" }).click();
  await right.getByRole("button", { name: "👍" }).click();
  await expect(left.getByRole("button", { name: "👍 1 reaction" })).toBeVisible();
  await left.getByRole("button", { name: "👍 1 reaction" }).click();
  await expect(right.getByRole("button", { name: "👍 2 reactions" })).toBeVisible();

  await message(left, "root").hover();
  await left.getByRole("button", { name: "More actions" }).first().click();
  await expect(left.getByRole("menu")).toBeInViewport({ ratio: 1 }); // At the end there is no room below.
  await left.getByRole("menuitem", { name: "Pin" }).click();
  await right.getByRole("button", { name: "Pinned messages" }).click();
  await expect(right.getByRole("complementary").getByText("root")).toBeVisible();
  await right.keyboard.press("Escape");

  await right.locator(".composer textarea").pressSequentially("thin");
  await expect(left.getByText(`${ben.name} is writing`)).toBeVisible();
  await right.locator(".composer textarea").fill("");
  await message(right, "root").hover();
  await right.getByRole("button", { name: "Reply" }).first().click();
  await say(right, "an answer");
  await expect(left.getByText("1 reply")).toBeVisible();
  await left.getByText("1 reply").click();
  const thread = left.getByRole("complementary", { name: "Thread" });
  await expect(thread.getByText("an answer")).toBeVisible();
  await thread.locator("textarea").fill("another");
  await left.keyboard.press("Enter");
  await expect(right.getByText("2 replies")).toBeVisible();
  await left.keyboard.press("Escape");
  await left.getByRole("button", { name: "Members" }).click();
  await expect(left.locator(".panel .dot-online")).toHaveCount(2);
});

test("what was said is found, and its place is shown", async ({ browser }) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  await ben.say(id, "The heron <b>stands</b> & waits");
  await Promise.all(Array.from({ length: 70 }, (_, n) => ben.say(id, `line ${n}`)));
  const page = await ada.page(browser);
  await page.goto(`/c/${id}`);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByLabel("What was said").fill("heron");
  await page.keyboard.press("Enter");
  await page
    .getByRole("complementary")
    .getByRole("link", { name: /heron <b>stands<\/b> & waits/ })
    .click();

  await expect(page.locator('[data-seq="1"]')).toBeInViewport();
  await expect(page.locator('[data-seq="1"]')).toHaveClass(/is-target/);
});

test("files go with a message, by choice and by paste", async ({ browser }) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  const [left, right] = [await ada.page(browser), await ben.page(browser)];
  await left.goto(`/c/${id}`);
  await right.goto(`/c/${id}`);
  const notes = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("some notes") };
  await left.route("**/api/v2/files?*", (route) => route.abort(), { times: 1 });
  await left.locator("input[type=file]").setInputFiles(notes);
  const stopped = left.locator(".uploads").getByRole("button", { name: "Try again" });
  await expect(stopped).toBeVisible();
  await say(left, "words alone");
  const tooMany = { status: 429, headers: { "Retry-After": "0" } };
  await left.route("**/api/v2/files?*", (route) => route.fulfill(tooMany), { times: 1 });
  await stopped.click(); // What failed is not lost with the words that went without it.
  await expect(left.locator(".uploads").getByText("notes.txt")).toBeVisible();
  await left.locator(".composer textarea").evaluate((area) => {
    const data = new DataTransfer();
    data.items.add(new File(["pasted"], "pasted.txt", { type: "text/plain" }));
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  });
  await left.locator(".conversation-frame").evaluate((frame) => {
    const isDirectory = function (this: DataTransferItem) {
      return { isDirectory: this.getAsFile()?.name === "a folder" } as FileSystemEntry;
    };
    DataTransferItem.prototype.webkitGetAsEntry = isDirectory; // No script may make a true one.
    const data = new DataTransfer();
    data.items.add(new File([], "a folder"));
    frame.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
  });
  await expect(left.getByText("A folder cannot be sent")).toBeVisible();
  await expect(left.locator(".uploads .attachment")).toHaveCount(2);
  await expect(left.getByText("on its way")).toHaveCount(0);
  await say(left, "here they are");

  await expect(right.getByRole("link", { name: /notes.txt/ })).toBeVisible();
  await expect(right.getByRole("link", { name: /pasted.txt/ })).toBeVisible();
  const address = await right.getByRole("link", { name: /notes.txt/ }).getAttribute("href");
  const content = await right.evaluate(async (url) => (await fetch(url ?? "")).text(), address);
  expect(content).toBe("some notes");
});
