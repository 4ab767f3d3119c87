// How long a message takes from one page's Enter to the other page's screen; for bench/browser.py.
//   node scripts/latency.mjs http://127.0.0.1:8080 /usr/bin/chromium 500
import { chromium } from "@playwright/test";

const [base, executablePath, wanted] = process.argv.slice(2);
const PASSWORD = "a horse, a staple";
// Between the last letter and Enter, and before the next line: people write one after the other, and
// what a letter draws is on the screen before they have reached the key.
const PAUSE_MS = 100;

async function ask(method, path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function enter(page, username, room) {
  await page.goto(base);
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: room }).click();
  await page.locator(".composer textarea").waitFor();
}

const names = ["writer", "reader"].map((name) => `${name}-${Date.now().toString(36)}`);
const people = [];
for (const username of names)
  people.push(await ask("POST", "/auth/register", { username, password: PASSWORD }));
const [writer, reader] = people;
const members = [reader.user.id];
const body = { kind: "room", name: `bench-${names[0]}`, members };
const room = await ask("POST", "/api/v2/conversations", body, writer.access_token);

const browser = await chromium.launch({
  executablePath,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
const [left, right] = await Promise.all(
  [0, 1].map(async () => (await browser.newContext()).newPage()),
);
// When a message left its page and came to the other's: which share of the time is the server's.
for (const page of [left, right])
  await page.addInitScript(() => {
    const passed = { sent: {}, come: {} };
    window.passed = passed;
    const note = (when, text, type) => {
      const frame = typeof text === "string" && text.includes(type) ? JSON.parse(text) : null;
      if (frame?.type === type)
        when[frame.data.content] ??= performance.timeOrigin + performance.now();
    };
    window.WebSocket = class extends WebSocket {
      constructor(...given) {
        super(...given);
        this.addEventListener("message", (event) => note(passed.come, event.data, "message"));
      }
      send(text) {
        super.send(text);
        note(passed.sent, text, "send_message");
      }
    };
  });
await enter(left, names[0], room.name);
await enter(right, names[1], room.name);

await right.evaluate(() => {
  window.seenAt = {};
  window.drawnAt = {};
  new MutationObserver(() => {
    const last = [...document.querySelectorAll(".timeline .message .markdown")].at(-1);
    const text = last?.textContent;
    // After the next frame it is on the screen.
    if (text && !(text in window.seenAt)) {
      window.seenAt[text] = 0;
      window.drawnAt[text] = performance.timeOrigin + performance.now();
      requestAnimationFrame(() =>
        setTimeout(() => {
          window.seenAt[text] = performance.timeOrigin + performance.now();
        }),
      );
    }
  }).observe(document.querySelector(".timeline"), { childList: true, subtree: true });
});
await left.evaluate(() => {
  window.pressedAt = {};
  const area = document.querySelector(".composer textarea");
  area.addEventListener(
    "keydown",
    (event) => {
      // When the browser had the key, not when the page came to it.
      if (event.key === "Enter")
        window.pressedAt[area.value] = performance.timeOrigin + event.timeStamp;
    },
    { capture: true },
  );
});

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
await left.locator(".composer textarea").focus();
for (let n = 1; n <= Number(wanted); n += 1) {
  await left.keyboard.insertText(`message ${n}`);
  await pause();
  await left.keyboard.press("Enter");
  await pause();
}
await right.getByText(`message ${wanted}`, { exact: true }).first().waitFor();
await right.waitForTimeout(200);
const pressed = await left.evaluate(() => window.pressedAt);
const seen = await right.evaluate(() => window.seenAt);
const drawn = await right.evaluate(() => window.drawnAt);
const { sent } = await left.evaluate(() => window.passed);
const { come } = await right.evaluate(() => window.passed);
await browser.close();

const texts = Object.keys(pressed).filter((text) => seen[text]);
if (texts.length !== Number(wanted)) throw new Error(`${texts.length} of ${wanted} were seen`);

function between(from, to) {
  const times = texts.map((text) => to[text] - from[text]).sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { p50: at(0.5), p99: at(0.99), max: times.at(-1) };
}

process.stdout.write(
  JSON.stringify({
    count: texts.length,
    ...between(pressed, seen),
    parts: {
      "key to socket": between(pressed, sent),
      "socket to socket": between(sent, come),
      "socket to document": between(come, drawn),
      "document to screen": between(drawn, seen),
    },
  }),
);
