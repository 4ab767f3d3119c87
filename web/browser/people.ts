/** People in browsers: accounts made over the API, pages that complain about what no page may do. */
import {
  type Browser,
  type BrowserContextOptions,
  expect,
  type Locator,
  type Page,
  test,
} from "@playwright/test";
import { ADMIN, PASSWORD } from "./admin.ts";

export { PASSWORD };

interface Login {
  user: { id: number; username: string };
  access_token: string;
  refresh_token: string;
}

let made = 0;
const run = Date.now().toString(36);

/** A name that nobody has yet: all tests share one server. */
export function fresh(name: string): string {
  made += 1;
  return `${name}-${run}-${made}`;
}

export class Person {
  readonly name: string;
  readonly #login: Login;
  readonly #base: string;

  constructor(base: string, login: Login) {
    this.name = login.user.username;
    this.#login = login;
    this.#base = base;
  }

  get id(): number {
    return this.#login.user.id;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return request<T>(this.#base, method, path, body, this.#login.access_token);
  }

  async say(room: string, content: string): Promise<{ id: number }> {
    return this.call("POST", `/api/v2/conversations/${room}/messages`, { content });
  }

  /** The same person on another device. */
  async again(): Promise<Person> {
    return loggedIn(this.name);
  }

  /** A page of this person's, signed in. */
  async page(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await stranger(browser, options);
    const http = page.context().request;
    const { csrf_token } = await (await http.get("/api/csrf-token")).json();
    const kept = await http.post("/auth/cookies", {
      headers: { "X-CSRF-Token": csrf_token },
      data: { refresh_token: this.#login.refresh_token }, // Spent: one page per person.
    });
    const { csrf_token: csrf, user } = await kept.json();
    const session = JSON.stringify({ csrf, user, goodUntil: Date.now() + 600_000 });
    await page.addInitScript((held) => {
      if (sessionStorage.getItem("entered") !== null) return;
      sessionStorage.setItem("entered", "yes");
      localStorage.setItem("causerie.session", held);
    }, session);
    return page;
  }
}

async function request<T>(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<T> {
  const answer = await fetch(base + path, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === "" ? null : JSON.parse(text)) as T;
}

function base(): string {
  const url = test.info().project.use.baseURL;
  if (url === undefined) throw new Error("no address");
  return url;
}

export async function person(name: string): Promise<Person> {
  const body = { username: fresh(name), password: PASSWORD };
  return new Person(base(), await request<Login>(base(), "POST", "/auth/register", body));
}

export function admin(): Promise<Person> {
  return loggedIn(ADMIN);
}

async function loggedIn(username: string): Promise<Person> {
  const body = { username, password: PASSWORD };
  return new Person(base(), await request<Login>(base(), "POST", "/auth/login", body));
}

/** A room of the first one's, with the others in it; gives its id and name. */
export async function room(
  owner: Person,
  ...others: Person[]
): Promise<{ id: string; name: string }> {
  const name = fresh("room");
  const members = others.map((one) => one.id);
  return owner.call("POST", "/api/v2/conversations", { kind: "room", name, members });
}

/** A page that nobody is signed in to. What it must never do fails the test at its end. */
export async function stranger(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Page> {
  // The worker fetches all files of the page: only who tries it needs that.
  const quiet = { serviceWorkers: "block", reducedMotion: "reduce" } as const;
  const use = { ...test.info().project.use, ...quiet };
  const context = await browser.newContext({ ...use, ...options });
  const page = await context.newPage();
  const hosts = [new URL(base()).port, process.env.CAUSERIE_PROVIDER_PORT];
  page.on("request", (one) => {
    const { protocol, port } = new URL(one.url());
    if (protocol.startsWith("http") && !hosts.includes(port)) complaints.push(`asked ${one.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("console", (one) => {
    if (/Content Security Policy|TrustedType/i.test(one.text())) complaints.push(one.text());
  });
  return page;
}

const complaints: string[] = [];

test.afterEach(async ({ browser }) => {
  const found = complaints.splice(0);
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(found).toEqual([]);
});

/** Go there within the page, as a link does: loading it anew takes ten times as long. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
}

/** The texts of the conversation, in the order in which they stand. */
export async function texts(page: Page): Promise<string[]> {
  return page.locator(".timeline .message .markdown").allInnerTexts();
}

/** A message of the conversation, by what it says. */
export function message(page: Page, text: string): Locator {
  return page.locator(".timeline .markdown").getByText(text, { exact: true });
}

export async function say(page: Page, text: string): Promise<void> {
  await page.locator(".conversation .composer textarea").fill(text);
  await page.keyboard.press("Enter");
}
