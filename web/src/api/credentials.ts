/**
 * Who we are to the server: the one place that knows how.
 *
 * The tokens lie in HttpOnly cookies, where no script finds them, not even ours. What is kept here,
 * for all tabs, is what proves that a page of ours asks (the token against forged requests), who is
 * signed in, and until when the cookies are good. A refresh token is spent once, and spending it twice
 * ends the login: so one tab at a time renews, and looks first whether another one has.
 */
import type { LoggedIn, User } from "./types.ts";

const KEY = "causerie.session";
const LOCK = "causerie.renewal";
const RENEW_BEFORE_MS = 60_000; // A request on its way must not find its token expired.

export interface Session {
  csrf: string;
  goodUntil: number;
  user: User;
}

interface Kept {
  user: User;
  csrf_token: string;
  expires_in: number;
}

/** How the cookies are asked for; raises `Refusal`. */
export interface CookieDoor {
  csrf(): Promise<{ csrf_token: string }>;
  /** Spend a login's refresh token, or the cookie's own. */
  keep(csrf: string, refreshToken: string | null): Promise<Kept>;
}

let door: CookieDoor | null = null;
let onEnd: (reason: "login" | "banned") => void = () => {};
let renewing: Promise<Session | null> | null = null;

/** Say how to renew, and what follows when the login is over. */
export function connectCredentials(how: CookieDoor, ended: typeof onEnd): void {
  door = how;
  onEnd = ended;
  addEventListener("storage", (event) => {
    if (event.key === KEY && event.newValue === null) onEnd("login"); // Another tab has signed out.
  });
}

export function heldSession(): Session | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") as Session | null;
  } catch {
    return null;
  }
}

/** Have the tokens of a login put into cookies. Raises `Refusal`. */
export async function keepLogin(login: LoggedIn): Promise<void> {
  if (door === null) return;
  const { csrf_token } = await door.csrf();
  take(await door.keep(csrf_token, login.refresh_token));
}

export function dropLogin(): void {
  localStorage.removeItem(KEY);
}

/** The server did not take the cookies: the next one who asks renews them. */
export function distrust(refused: Session): void {
  const held = heldSession();
  if (held?.csrf === refused.csrf) put({ ...held, goodUntil: 0 });
}

/** Give a session whose cookies are good, or null where nobody is signed in. Raises `Refusal`. */
export async function freshSession(): Promise<Session | null> {
  const held = heldSession();
  if (held === null || Date.now() < held.goodUntil) return held;
  renewing ??= alone(renew).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** Ask for the token anew; gives null where it is still the same one. */
export async function otherToken(refused: Session): Promise<Session | null> {
  const { csrf_token } = (await door?.csrf()) ?? { csrf_token: refused.csrf };
  if (csrf_token === refused.csrf) return null;
  return put({ ...refused, csrf: csrf_token });
}

async function renew(): Promise<Session | null> {
  const held = heldSession();
  if (held === null || door === null || Date.now() < held.goodUntil) return held;
  try {
    return take(await keepWith(door, held));
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "unauthenticated" || code === "banned") {
      dropLogin();
      onEnd(code === "banned" ? "banned" : "login");
    }
    throw error;
  }
}

async function keepWith(cookies: CookieDoor, held: Session): Promise<Kept> {
  try {
    return await cookies.keep(held.csrf, null);
  } catch (error) {
    if ((error as { code?: string }).code !== "forbidden") throw error;
    // The last answer was lost on its way to the page, though not to the cookies.
    const { csrf_token } = await cookies.csrf();
    return cookies.keep(csrf_token, null);
  }
}

function take({ user, csrf_token, expires_in }: Kept): Session {
  const goodUntil = Date.now() + expires_in * 1000 - RENEW_BEFORE_MS;
  return put({ csrf: csrf_token, goodUntil, user });
}

function put(session: Session): Session {
  localStorage.setItem(KEY, JSON.stringify(session));
  return session;
}

/** Only one tab at a time; where the browser has no locks (plain HTTP), it is this tab alone. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks === undefined ? work() : await navigator.locks.request(LOCK, work);
}
