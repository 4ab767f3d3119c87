/** Signing in through the provider of one's organisation: away to its page, and back to `/oidc`. */
import { call } from "../api/http.ts";
import { asRefusal } from "../api/refusal.ts";
import type { LoggedIn } from "../api/types.ts";
import { go } from "./route.ts";
import { welcome } from "./session.ts";

const KEY = "causerie.oidc"; // Of this tab, while its user is away.

interface Started {
  authorization_url: string;
  flow: string;
}

/** Where to go; null where this server knows no provider. Nothing is kept there before one comes back. */
export async function startOidc(): Promise<Started | null> {
  try {
    return await call<Started>("POST", "/auth/oidc/start", { anonymous: true });
  } catch (error) {
    if (asRefusal(error).code === "unsupported") return null;
    throw error;
  }
}

export function leaveFor({ authorization_url, flow }: Started): void {
  sessionStorage.setItem(KEY, flow);
  location.assign(authorization_url);
}

export function isBack(): boolean {
  return location.pathname === "/oidc";
}

/** Finish with what the address says. Raises `Refusal`; `two_factor_required` where a code is needed. */
export async function finishOidc(otp?: string): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const flow = sessionStorage.getItem(KEY) ?? "";
  const word = { code: asked.get("code") ?? "", state: asked.get("state") ?? "" };
  const body = { flow, ...(otp === undefined ? word : { otp }) };
  try {
    const login = await call<LoggedIn>("POST", "/auth/oidc/finish", { body, anonymous: true });
    sessionStorage.removeItem(KEY);
    go("/", "replace");
    await welcome(login);
  } catch (error) {
    const next = asRefusal(error).flow; // The provider's word is good once; this stands for it.
    if (next !== null) sessionStorage.setItem(KEY, next);
    throw error;
  }
}
