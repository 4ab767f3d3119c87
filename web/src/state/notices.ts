/** Short words that appear and go by themselves; screen readers say them. */
import { signal } from "@preact/signals";
import { heldSession } from "../api/credentials.ts";
import { asRefusal, OFFLINE } from "../api/refusal.ts";
import { inOwnWords, type Key, t } from "../i18n/index.ts";

export interface Notice {
  id: number;
  text: string;
  kind: "info" | "error";
}

const SHOWN_MS = 6_000;
const MAX_NOTICES = 3;

export const notices = signal<readonly Notice[]>([]);
let last = 0;

export function say(text: string, kind: Notice["kind"] = "info"): void {
  last += 1;
  const id = last;
  const others = notices.value.filter((one) => one.text !== text); // Said again, not once more.
  notices.value = [...others.slice(1 - MAX_NOTICES), { id, text, kind }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((one) => one.id !== id);
}

/** Say in words what the server or the network refused. */
export function wordsFor(error: unknown): string {
  const refusal = asRefusal(error);
  switch (refusal.code) {
    case OFFLINE:
      return t("error.offline");
    case "rate_limited":
      return t("error.rate_limited", { n: Math.max(1, Math.ceil(refusal.retryAfter ?? 1)) });
    case "muted":
      return t("error.muted");
    case "unavailable":
    case "internal":
      return t("error.unavailable");
    case "step_up_required":
      return t("error.step_up"); // The server names the call that proves it.
    case "banned":
      return t("door.banned");
    case "forbidden":
      return t("error.forbidden");
    default:
      return inOwnWords(refusal.fields[0]?.message ?? refusal.message) ?? kindOf(refusal.code);
  }
}

const KINDS: Readonly<Record<string, Key>> = {
  unauthenticated: "error.unauthenticated",
  refused: "error.refused",
  not_found: "error.not_found",
  conflict: "error.conflict",
  too_large: "error.too_large",
  unsupported: "error.unsupported",
};

/** For what is said in words that nobody has translated: what kind of refusal it is. */
function kindOf(code: string): string {
  return t(KINDS[code] ?? "error.invalid");
}

export function sayError(error: unknown): void {
  const isOver = asRefusal(error).code === "unauthenticated" && heldSession() === null;
  if (!isOver) say(wordsFor(error), "error"); // Else the door says it.
}
