/** Passkeys: the browser's part of a login and of a new one (WebAuthn, level 3). */
import { call } from "./http.ts";
import type { LoggedIn, StepUp } from "./types.ts";

export interface Passkey {
  id: string | number;
  name: string;
  created_at: string;
  last_used_at: string | null;
}

interface Options<T> {
  public_key: T;
}

/** Only on secure pages, and where the browser reads the server's options as they are. */
export function canUsePasskeys(): boolean {
  return (
    window.isSecureContext &&
    "PublicKeyCredential" in window &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function"
  );
}

/** Sign in with what the device holds. Raises `Refusal`, or null where the user thought otherwise. */
export async function loginByPasskey(): Promise<LoggedIn | null> {
  const { public_key } = await call<Options<PublicKeyCredentialRequestOptionsJSON>>(
    "POST",
    "/auth/passkeys/login/options",
    { anonymous: true },
  );
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(public_key);
  const found = await unlessCancelled(navigator.credentials.get({ publicKey }));
  if (found === null) return null;
  const body = { credential: (found as PublicKeyCredential).toJSON() };
  return call<LoggedIn>("POST", "/auth/passkeys/login", { body, anonymous: true });
}

/** Make one on this device. Gives whether it was made. Raises `Refusal`. */
export async function makePasskey(proof: StepUp | undefined, name: string): Promise<boolean> {
  const { public_key } = await call<Options<PublicKeyCredentialCreationOptionsJSON>>(
    "POST",
    "/auth/passkeys/options",
    { body: proof },
  );
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(public_key);
  const made = await unlessCancelled(navigator.credentials.create({ publicKey }));
  if (made === null) return false;
  const body = { credential: (made as PublicKeyCredential).toJSON(), name };
  await call("POST", "/auth/passkeys", { body });
  return true;
}

async function unlessCancelled<T>(asked: Promise<T | null>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotAllowedError") return null;
    throw error;
  }
}
