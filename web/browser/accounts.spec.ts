import { expect, test } from "@playwright/test";
import { examine } from "./axe.ts";
import { PASSWORD, person, stranger, visit } from "./people.ts";
import { codeOf } from "./totp.ts";

test("two-factor is set up by its QR code, and asked for at the door", async ({ browser }) => {
  const ada = await person("ada");
  const page = await ada.page(browser);
  await page.goto("/settings/security");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(page.getByAltText("QR code")).toBeVisible();
  const secret = await page.locator(".secret").textContent();
  await page.getByLabel("Code").fill(codeOf(secret ?? ""));
  await page.keyboard.press("Enter");
  const backup = await page.locator(".backup-codes code").first().textContent();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("10 backup codes are left.")).toBeVisible();
  const twoFactor = page.locator("section", { hasText: "Two-factor" });
  await twoFactor.getByLabel("Password").fill(PASSWORD);
  // The next one: that of now is spent.
  await twoFactor.getByLabel("Code").fill(codeOf(secret ?? "", Date.now() + 30_000));
  await page.keyboard.press("Enter");
  await expect(page.getByText("The old codes are void.")).toBeVisible();
  await examine(page, "backup codes", "main");
  const renewed = await page.locator(".backup-codes code").first().textContent();
  expect(renewed).not.toBe(backup);
  await page.keyboard.press("Enter");
  await expect(page.getByText("10 backup codes are left.")).toBeVisible();

  const door = await stranger(browser);
  await door.goto("/");
  await door.getByLabel("Username").fill(ada.name);
  await door.getByLabel("Password").fill(PASSWORD);
  await door.keyboard.press("Enter");
  await expect(door.getByLabel("Code")).toBeFocused();
  await door.keyboard.type("000000");
  await door.keyboard.press("Enter");
  await expect(door.getByRole("alert")).not.toBeEmpty();
  await door.getByLabel("Code").fill(renewed ?? "");
  await door.keyboard.press("Enter");
  await expect(door.getByRole("heading", { name: `Hello, ${ada.name}` })).toBeVisible();
});

test("a session that is ended elsewhere is over here at once", async ({ browser }) => {
  const ada = await person("ada");
  const page = await ada.page(browser);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Hello," })).toBeVisible();
  const other = await stranger(browser);
  await other.goto("/");
  await other.getByLabel("Username").fill(ada.name);
  await other.getByLabel("Password").fill(PASSWORD);
  await other.keyboard.press("Enter");
  await expect(other.getByRole("heading", { name: "Hello," })).toBeVisible();
  await visit(other, "/settings/sessions");
  await other.getByRole("button", { name: "End all the others" }).click();

  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await other.reload();
  await expect(other.getByText("this one")).toBeVisible();
});

test("no script can read what proves who one is, two tabs renew it at once, and signing out leaves nothing", async ({
  browser,
}) => {
  const ada = await person("ada");
  const page = await ada.page(browser);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Hello," })).toBeVisible();
  expect(await page.evaluate(() => document.cookie)).toBe("");
  const cookies = await page.context().cookies();
  expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual(
    cookies.map(() => [true, "Strict"]),
  );
  expect(cookies.length).toBe(3);

  const second = await page.context().newPage();
  await page.evaluate(() => {
    const held = JSON.parse(localStorage.getItem("causerie.session") ?? "{}");
    localStorage.setItem("causerie.session", JSON.stringify({ ...held, goodUntil: 0 }));
  });
  await page.context().clearCookies({ name: "causerie_access" });
  await Promise.all([page.reload(), second.goto("/settings/sessions")]);
  await expect(second.getByText("this one")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Hello," })).toBeVisible();
  await expect(page.locator(".banner-offline")).toHaveCount(0);

  await visit(page, "/settings/profile");
  await page.locator(".settings-section").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(second.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(ada.name);
  expect(await page.context().cookies()).toEqual([]);
});

test("a passkey is made, and signs in without a password", async ({ browser }) => {
  const ada = await person("ada");
  // Passkeys belong to a name: browsers make none for a bare IP address.
  const baseURL = test.info().project.use.baseURL?.replace("127.0.0.1", "localhost") ?? "";
  const page = await stranger(browser);
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  await device.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  await page.goto(baseURL);
  await page.getByLabel("Username").fill(ada.name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Hello," })).toBeVisible();
  await visit(page, "/settings/security");
  await page.getByLabel("Name of this device").fill("laptop");
  await page.locator("section", { hasText: "Passkeys" }).getByLabel("Your").fill(PASSWORD);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("laptop")).toBeVisible();
  await visit(page, "/settings/profile");
  await page.locator(".settings-section").getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();

  await expect(page.getByRole("heading", { name: `Hello, ${ada.name}` })).toBeVisible();
});

test("the provider of one's organisation signs in; its login opens an account that it is linked to", async ({
  browser,
}) => {
  const ada = await person("ada");
  const own = await ada.page(browser);
  await own.goto("/settings/security");
  const section = own.locator("section", { hasText: "Logins of your organisation" });
  await section.getByLabel("Your password").fill("not it");
  await own.keyboard.press("Enter");
  await expect(section.getByRole("alert")).not.toBeEmpty();
  await section.getByLabel("Your password").fill(PASSWORD);
  await own.keyboard.press("Enter");
  await expect(section.getByText("7f3a")).toBeVisible();
  expect(own.url()).toMatch(/\/settings\/security$/);
  await examine(own, "linked logins", "main");
  const other = await stranger(browser);
  await other.goto("/");
  await other.getByRole("button", { name: "Sign in with your organisation" }).click();
  await expect(other.getByRole("heading", { name: `Hello, ${ada.name}` })).toBeVisible();
  await section.getByRole("button", { name: "Unlink 127.0.0.1" }).click();
  await expect(section.getByText("7f3a")).toHaveCount(0);

  const page = await stranger(browser);
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in with your organisation" }).click();

  await expect(page.getByRole("heading", { name: "Hello, olga" })).toBeVisible();
  expect(page.url()).not.toContain("code");
  await visit(page, "/settings/security");
  await page.getByRole("button", { name: "Unlink" }).click();
  await expect(page.getByText("Nothing else opens this account")).toBeVisible();
});

test("who is invited signs up with the code, typed or from a link", async ({ browser }) => {
  const door = await stranger(browser);
  const refused = (detail: string) => ({ status: 403, json: { code: "forbidden", detail } });
  // As a server says it that takes invited people only; this one takes all, with a code or without.
  const answers = [
    refused("Registration on this server needs an invitation"),
    refused("This invitation is not good, or no longer"),
  ];
  await door.route("**/auth/register", (route) => route.fulfill(answers.shift()), { times: 2 });
  await door.goto("/");
  await door.getByRole("button", { name: "Create an account" }).click();
  const name = `invited-${Date.now()}`;
  await door.getByLabel("Username").fill(name);
  await door.getByLabel("Password").fill(PASSWORD);
  await door.keyboard.press("Enter");
  await expect(door.getByLabel("Invitation")).toBeFocused();
  await examine(door, "sign up by invitation");
  await door.keyboard.type("by-han");
  await door.keyboard.press("Enter");
  await expect(door.getByRole("alert")).toHaveText("This invitation is not good, or no longer");
  await door.keyboard.type("d");
  const asked = door.waitForRequest("**/auth/register");
  await door.keyboard.press("Enter");
  expect((await asked).postDataJSON()).toMatchObject({ username: name, invitation: "by-hand" });
  await expect(door.getByRole("heading", { name: `Hello, ${name}` })).toBeVisible();

  const other = await stranger(browser);
  await other.goto("/#invitation=by-link");
  await expect(other.getByLabel("Invitation")).toHaveValue("by-link");
});
