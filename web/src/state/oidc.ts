/** The provider of one's organisation: away to its page, and back to `/oidc`, to sign in or to link. */
import { call } from "../api/http.ts";
import { asRefusal } from "../api/refusal.ts";
import type { LoggedIn, StepUp } from "../api/types.ts";
import { go } from "./route.ts";
import { welcome } from "./session.ts";

const KEY = "causerie.oidc"; // Of this tab, while its user is away.
const LINK_PATH = "/auth/oidc/identities";

/** What one is away for: a login, or a login there that is to open one's account here, too. */
type Purpose = "login" | "link";

interface Away {
  purpose: Purpose;
  flow: string;
}

interface Started {
  authorization_url: string;
  flow: string;
}

let offered: Promise<boolean> | null = null;

/** Whether this server knows a provider; asked once, as each question counts as a try to sign in. */
export function isOffered(): Promise<boolean> {
  offered ??= start().then(
    (started) => started !== null,
    (error: unknown) => {
      offered = null;
      throw error;
    },
  );
  return offered;
}

/** Go there to sign in. Begun anew, as what is begun is good for minutes only. Raises `Refusal`. */
export async function leaveToSignIn(): Promise<void> {
  const started = await start();
  if (started !== null) leave("login", started);
}

/** Go there to have the login linked to the account of who is signed in. Raises `Refusal`. */
export async function leaveToLink(proof: StepUp | undefined): Promise<void> {
  leave("link", await call<Started>("POST", `${LINK_PATH}/start`, { body: proof }));
}

/** Where to go; null where this server knows no provider. Nothing is kept there before one comes back. */
async function start(): Promise<Started | null> {
  try {
    return await call<Started>("POST", "/auth/oidc/start", { anonymous: true });
  } catch (error) {
    if (asRefusal(error).code === "unsupported") return null;
    throw error;
  }
}

function leave(purpose: Purpose, { authorization_url, flow }: Started): void {
  keep({ purpose, flow });
  location.assign(authorization_url);
}

/** What one was away for, where one comes back; null elsewhere. */
export function backFrom(): Purpose | null {
  return location.pathname === "/oidc" ? (kept()?.purpose ?? "login") : null;
}

/** Finish with what the address says. Raises `Refusal`; `two_factor_required` where a code is needed. */
export async function finishOidc(otp?: string): Promise<void> {
  const flow = kept()?.flow ?? "";
  const body = { flow, ...(otp === undefined ? word() : { otp }) };
  try {
    const login = await call<LoggedIn>("POST", "/auth/oidc/finish", { body, anonymous: true });
    sessionStorage.removeItem(KEY);
    go("/", "replace");
    await welcome(login);
  } catch (error) {
    const next = asRefusal(error).flow; // The provider's word is good once; this stands for it.
    if (next !== null) keep({ purpose: "login", flow: next });
    throw error;
  }
}

/** Finish linking with what the address says, which is good once. Raises `Refusal`. */
export async function finishLink(): Promise<void> {
  const body = { flow: kept()?.flow ?? "", ...word() };
  sessionStorage.removeItem(KEY);
  go("/settings/security", "replace");
  await call("POST", `${LINK_PATH}/finish`, { body });
}

function word(): { code: string; state: string } {
  const asked = new URLSearchParams(location.search);
  return { code: asked.get("code") ?? "", state: asked.get("state") ?? "" };
}

function keep(away: Away): void {
  sessionStorage.setItem(KEY, JSON.stringify(away));
}

function kept(): Away | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Away | null;
  } catch {
    return null;
  }
}
