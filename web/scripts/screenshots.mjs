// Pictures of the page with a conversation in it, to be looked at; for bench/screenshots.py.
//   node scripts/screenshots.mjs http://127.0.0.1:8080 /usr/bin/chromium folder [all]
// One picture is the README's; with `all`, one of each view, light and dark, on a desk and on a phone.
import { join } from "node:path";
import { chromium } from "@playwright/test";

const [base, executablePath, folder, wanted] = process.argv.slice(2);
const PASSWORD = "a horse, a staple";
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

async function ask(method, path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return text === "" ? null : JSON.parse(text);
}

const people = {};
for (const [username, display_name, status_text] of [
  ["camille", "Camille Roux", "Reviewing the release"],
  ["noah", "Noah Berger", null],
  ["amina", "Amina Diallo", "On the train, slow network"],
  ["jonas", "Jonas Lind", null],
  ["mei", "Mei Tanaka", null],
]) {
  const login = await ask("POST", "/auth/register", { username, password: PASSWORD });
  people[username] = { ...login, id: login.user.id };
  await ask("PATCH", "/api/v2/me", { display_name, status_text }, login.access_token);
}
const { camille, noah, amina, jonas, mei } = people;
const others = [noah, amina, jonas, mei].map((one) => one.id);

const open = (who, body) => ask("POST", "/api/v2/conversations", body, who.access_token);
const say = (who, room, content, parent_message_id) =>
  ask(
    "POST",
    `/api/v2/conversations/${room.id}/messages`,
    { content, ...(parent_message_id ? { parent_message_id } : {}) },
    who.access_token,
  );
const react = (who, message, emoji) =>
  ask(
    "PUT",
    `/api/v2/messages/${message.id}/reactions/${encodeURIComponent(emoji)}`,
    undefined,
    who.access_token,
  );

const rooms = {};
for (const [name, topic, visibility] of [
  ["general", "What concerns everybody", "public"],
  ["release", "Version 2.4, due on Thursday", "public"],
  ["design", "How it looks and reads", "public"],
  ["on-call", "Who is woken, and by what", "private"],
])
  rooms[name] = await open(camille, { kind: "room", name, topic, visibility, members: others });
const release = rooms.release;

await say(noah, release, "Good morning! The release branch is cut: **2.4.0-rc1** is on staging.");
await say(
  noah,
  release,
  "What is in it:\n- search that knows `from:` and `before:`\n- quiet hours\n- the new exporter",
);
const asked = await say(
  amina,
  release,
  "The exporter writes dates as `2026-11-19`, the old one wrote `19/11/2026`. Is that on purpose?",
);
await say(
  jonas,
  release,
  "Yes. It is in the notes, and the old form is one setting away:",
  asked.id,
);
await say(jonas, release, '```toml\n[export]\ndates = "local"\n```', asked.id);
await say(amina, release, "Perfect, thank you.", asked.id);
await react(camille, asked, "👀");
await react(mei, asked, "👀");
const measured = await say(
  mei,
  release,
  "I ran the long load test over night: 12 million messages, nothing lost, p99 under 8 ms. Graphs are in https://grafana.example.org/d/load",
);
for (const [who, emoji] of [
  [camille, "🎉"],
  [noah, "🎉"],
  [jonas, "🎉"],
  [amina, "🚀"],
])
  await react(who, measured, emoji);
await ask("PUT", `/api/v2/messages/${measured.id}/pin`, undefined, camille.access_token);
await say(camille, release, "That is wonderful, @mei.");
await say(
  camille,
  release,
  "> Is that on purpose?\nI put a line about it into the upgrade guide, so that nobody has to ask again.",
);
const last = await say(noah, release, "@camille shall we go on Thursday at ten, as planned?");
await react(jonas, last, "👍");

await say(jonas, rooms.general, "The coffee machine is repaired ☕");
await say(mei, rooms.design, "New icons for the sidebar, what do you think?");
await say(amina, rooms.design, "I like the second row.");
for (const who of [noah, amina, mei]) {
  const chat = await open(who, { kind: "direct", members: [camille.id] });
  await say(
    who,
    chat,
    who === amina ? "Do you have five minutes after lunch?" : "Thanks for yesterday!",
  );
  if (who !== amina)
    await ask("POST", `/api/v2/conversations/${chat.id}/read`, { seq: 1 }, camille.access_token);
}
const old = await open(camille, { kind: "room", name: "offsite-2025", members: others });
await say(jonas, old, "Thank you all for coming!");
await ask("PATCH", `/api/v2/conversations/${old.id}`, { archived: true }, camille.access_token);
const report = { reason: "spam", message_id: measured.id, comment: "Twice the same link" };
await ask("POST", "/api/v2/moderation/reports", report, amina.access_token);

const browser = await chromium.launch({
  executablePath,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});

async function enter(viewport, colorScheme, who, locale = "en-GB") {
  const context = await browser.newContext({
    viewport,
    colorScheme,
    locale,
    deviceScaleFactor: viewport === PHONE ? 2 : 1,
    isMobile: viewport === PHONE,
    hasTouch: viewport === PHONE,
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => process.stderr.write(`${error}\n`));
  await page.goto(base);
  if (who === null) return page;
  await page.getByRole("textbox").first().fill(who);
  await page.locator("input[type=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator(".sidebar .line").nth(4).waitFor({ state: "attached" });
  return page;
}

async function visit(page, path) {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
  await page.waitForTimeout(700);
}

async function take(page, name) {
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

const readme = await enter(DESK, "light", "camille");
await visit(readme, `/c/${release.id}`);
await readme.getByRole("button", { name: /3 replies/ }).click();
await readme.locator(".panel .message").nth(3).waitFor();
await readme.mouse.move(640, 12);
await readme.waitForTimeout(500);
await take(readme, "page");

if (wanted === "all") {
  for (const colour of ["light", "dark"]) {
    for (const [size, viewport] of [
      ["desk", DESK],
      ["phone", PHONE],
    ]) {
      const name = (view) => `${view}-${size}-${colour}`;
      await take(await enter(viewport, colour, null), name("door"));
      const page = await enter(viewport, colour, "camille");
      await take(page, name("home"));
      for (const [view, path] of [
        ["unread", "/unread"],
        ["later", "/later"],
        ["profile", "/settings/profile"],
        ["appearance", "/settings/appearance"],
        ["notifications", "/settings/notifications"],
        ["privacy", "/settings/privacy"],
        ["security", "/settings/security"],
        ["sessions", "/settings/sessions"],
        ["reports", "/moderation/reports"],
        ["sanctions", "/moderation/sanctions"],
        ["appeals", "/moderation/appeals"],
        ["files", "/moderation/files"],
        ["archived", `/c/${old.id}`],
        ["conversation", `/c/${release.id}`],
      ]) {
        await visit(page, path);
        await take(page, name(view));
      }
      await page.locator(".composer textarea").fill("Hello @");
      await page.waitForTimeout(400);
      await take(page, name("mention"));
      await page.locator(".composer textarea").fill("");
      for (const panel of ["Search", "Threads", "Pinned messages", "Members"]) {
        await page.locator(".conversation-head").getByRole("button", { name: panel }).click();
        await page.waitForTimeout(500);
        await take(page, name(`panel-${panel.toLowerCase().replace(" ", "-")}`));
        await page.locator(".panel-head button").click();
      }
      const message = page.locator(".message").nth(2);
      await (viewport === PHONE ? message.tap() : message.hover());
      await page.getByRole("button", { name: "More actions" }).first().click();
      await take(page, name("menu"));
      await page.getByRole("menuitem", { name: "Report" }).click();
      await page.waitForTimeout(400);
      await take(page, name("dialog"));
      await page.keyboard.press("Escape");
      await page.context().close();
    }
  }
}
await browser.close();
