import { expect, test } from "@playwright/test";
import { fresh, message, PASSWORD, person, room, say, stranger, texts } from "./people.ts";

test("two people sign up, find each other in a room, and talk", async ({ browser }) => {
  const [ada, ben] = [await stranger(browser), await stranger(browser)];
  const name = fresh("lobby");
  for (const [page, username] of [
    [ada, fresh("ada")],
    [ben, fresh("ben")],
  ] as const) {
    await page.goto("/");
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.locator("form button[type=submit]").click();
    await expect(page.getByRole("heading", { name: `Hello, ${username}` })).toBeVisible();
  }
  await ada.getByRole("button", { name: "Create a room" }).click();
  await ada.getByLabel("Name").fill(name);
  await ada.keyboard.press("Enter");
  await expect(ada.getByRole("heading", { name })).toBeVisible();
  await ben.locator(".welcome").getByRole("button", { name: "Find a room" }).click();
  await ben.getByLabel("Part of the name").fill(name);
  await ben.getByRole("button", { name: new RegExp(`${name}.*Join`) }).click();
  await say(ada, "Hello **Ben**");
  await expect(ben.locator(".message strong", { hasText: /^Ben$/ })).toBeVisible();
  await say(ben, "Hello Ada");

  await expect(message(ada, "Hello Ada")).toBeVisible();
  expect(await texts(ada)).toEqual(await texts(ben));
  await expect(ada.getByText("2 members")).toBeVisible();
  await expect(ben.locator(".seen")).toHaveText("Read by all");
});

test("one loses the network and comes back: nothing is missing and nothing doubled", async ({
  browser,
}) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  const [left, right] = [await ada.page(browser), await ben.page(browser)];
  await left.goto(`/c/${id}`);
  await right.goto(`/c/${id}`);
  await say(left, "one");
  await expect(message(right, "one")).toBeVisible();

  await left.context().setOffline(true);
  await expect(left.getByText("No connection.")).toBeVisible();
  await say(left, "two");
  await say(left, "three");
  await expect(left.locator(".is-pending")).toHaveCount(2);
  await say(right, "meanwhile");
  await message(right, "one").hover();
  await left.context().setOffline(false);

  await expect(left.locator(".is-pending")).toHaveCount(0);
  await expect(message(right, "three")).toBeVisible();
  const expected = ["one", "meanwhile", "two", "three"];
  await expect.poll(() => texts(left)).toEqual(expected);
  await expect.poll(() => texts(right)).toEqual(expected);
  await left.reload();
  await expect.poll(() => texts(left)).toEqual(expected);
});

test("loaded anew without a network, the page shows what was known and sends what was written once", async ({
  browser,
}) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  await ben.say(id, "before");
  const page = await ada.page(browser, { serviceWorkers: "allow" });
  await page.goto(`/c/${id}`);
  await expect(message(page, "before")).toBeVisible();
  // The page's policy lets the worker in.
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
  await expect.poll(() => page.evaluate(keptMessages, id)).toBe(1);

  await page.context().setOffline(true);
  await expect(page.getByText("No connection.")).toBeVisible();
  await say(page, "after");
  await page.reload();
  await expect(message(page, "before")).toBeVisible();
  await expect(page.locator(".is-pending").getByText("after")).toBeVisible();
  await page.getByRole("link", { name: "Scheduled" }).click();
  await expect(page.getByRole("heading", { name: "Scheduled" })).toBeVisible();
  await page.goBack();
  await ben.say(id, "meanwhile");
  await page.context().setOffline(false);

  await expect(page.locator(".is-pending")).toHaveCount(0);
  await expect.poll(() => texts(page)).toEqual(["before", "meanwhile", "after"]);
  const { items } = await ben.call<{ items: unknown[] }>(
    "GET",
    `/api/v2/conversations/${id}/messages`,
  );
  expect(items.length).toBe(3);
});

test("edits and deletions reach the other", async ({ browser }) => {
  const [ada, ben] = [await person("ada"), await person("ben")];
  const { id } = await room(ada, ben);
  const [left, right] = [await ada.page(browser), await ben.page(browser)];
  await left.goto(`/c/${id}`);
  await right.goto(`/c/${id}`);
  await say(left, "frist");
  await expect(message(right, "frist")).toBeVisible();
  await left.keyboard.press("ArrowUp");
  await left.locator(".edit-box textarea").fill("first");
  await left.keyboard.press("Enter");
  await expect(right.getByText("(edited)")).toBeVisible();

  await left.locator(".message").first().hover();
  await left.getByRole("button", { name: "More actions" }).click();
  await left.getByRole("menuitem", { name: "Delete" }).click();
  await left.locator(".dialog").getByRole("button", { name: "Delete" }).click();
  await expect(right.getByText("This message was deleted.")).toBeVisible();
});

/** How many messages of a room lie in the browser's database. */
function keptMessages(id: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("causerie");
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const database = asked.result;
      const found = database.transaction("kept").objectStore("kept").getAll();
      found.onsuccess = () => {
        database.close();
        const kept = found.result.find((one: { id?: string }) => one.id === id);
        resolve(kept?.timeline.items.length ?? 0);
      };
    };
  });
}
