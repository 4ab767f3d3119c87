/**
 * Who we are to the server: the one place that knows how.
 *
 * The access token lives in memory; only over a reload of this tab it is handed on through
 * sessionStorage, and taken out at once. The refresh token lies in localStorage, as all tabs share a
 * login: what protects it is the content security policy, which lets no script run but our own.
 * It is spent once, and spending it twice ends the login: so one tab at a time renews, and looks
 * first whether another one has.
 */
import type { LoggedIn } from "./types.ts";

const REFRESH_KEY = "causerie.refresh";
const HANDED_KEY = "causerie.handed-on";
const RENEW_BEFORE_MS = 60_000; // A request on its way must not find its token expired.
const LOCK = "causerie.refresh";

export type Renewal = (refreshToken: string) => Promise<LoggedIn>;

let accessToken: string | null = null;
let goodUntil = 0;
let renewing: Promise<string | null> | null = null;
let renew: Renewal | null = null;
let onEnd: () => void = () => {};

/** Say how to renew, and what follows when the login is over. */
export function connectCredentials(how: Renewal, ended: () => void): void {
  renew = how;
  onEnd = ended;
}

export function hasLogin(): boolean {
  return localStorage.getItem(REFRESH_KEY) !== null;
}

export function keepLogin(login: LoggedIn): void {
  accessToken = login.access_token;
  goodUntil = Date.now() + login.expires_in * 1000 - RENEW_BEFORE_MS;
  localStorage.setItem(REFRESH_KEY, login.refresh_token);
}

export function dropLogin(): void {
  accessToken = null;
  goodUntil = 0;
  localStorage.removeItem(REFRESH_KEY);
}

/** The access token was refused: the next one who asks renews it. */
export function distrustToken(token: string): void {
  if (accessToken === token) goodUntil = 0;
}

/** Give a good access token, or null where there is no login. Raises what renewing raises. */
export async function freshToken(): Promise<string | null> {
  if (accessToken !== null && Date.now() < goodUntil) return accessToken;
  if (!hasLogin()) return null;
  renewing ??= alone(renewNow).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renewNow(): Promise<string | null> {
  const spent = localStorage.getItem(REFRESH_KEY);
  if (spent === null || renew === null) return null;
  try {
    const login = await renew(spent);
    keepLogin(login);
    return login.access_token;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "unauthenticated" || code === "banned") {
      dropLogin();
      onEnd();
    }
    throw error;
  }
}

/** Only one tab at a time; where the browser has no locks (plain HTTP), it is this tab alone. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks === undefined ? work() : await navigator.locks.request(LOCK, work);
}

/** Hand the token over a reload, which would otherwise spend a refresh token each time. */
export function survivesReload(): void {
  const handed = sessionStorage.getItem(HANDED_KEY);
  sessionStorage.removeItem(HANDED_KEY);
  if (handed !== null && hasLogin()) {
    const [token, until] = JSON.parse(handed) as [string, number];
    accessToken = token;
    goodUntil = until;
  }
  addEventListener("pagehide", () => {
    if (accessToken !== null && Date.now() < goodUntil) {
      sessionStorage.setItem(HANDED_KEY, JSON.stringify([accessToken, goodUntil]));
    }
  });
  addEventListener("pageshow", () => sessionStorage.removeItem(HANDED_KEY));
  addEventListener("storage", (event) => {
    if (event.key === REFRESH_KEY && event.newValue === null) {
      accessToken = null; // Another tab has signed out.
      onEnd();
    }
  });
}
