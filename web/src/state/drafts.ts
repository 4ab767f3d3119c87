/**
 * What is written and not sent: at once on this device, a moment later on the server, and so on all
 * others. Of two versions the one that was written later holds, wherever it was written.
 */
import { signal } from "@preact/signals";
import { call, newKey } from "../api/http.ts";
import type { Draft } from "../api/types.ts";

const TELL_MS = 1_500; // After the last key: a sentence is one call, not forty.
const PREFIX = "causerie.draft.";

interface Held {
  text: string;
  /** When it was written, in milliseconds. */
  at: number;
  /** The server has not been told. */
  isNew: boolean;
  /** The server has one, or may have. */
  isThere: boolean;
}

/** The draft that another device wrote last, or that was given back. */
export const heard = signal<{ place: string; text: string } | null>(null);
/** The places that have a draft, of whoever is signed in. */
export const drafted = signal<ReadonlySet<string>>(new Set());

const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** The name of a place: a conversation, or a thread of it. */
export function placeOf(conversationId: string, thread?: number | null): string {
  return thread ? `${conversationId}.${thread}` : conversationId;
}

export function readDraft(user: number, place: string): string {
  return held(user, place).text;
}

export function keepDraft(user: number, place: string, text: string): void {
  const before = held(user, place);
  if (before.text === text) return;
  clearTimeout(timers.get(place));
  // What came and went before the server heard of it needs no call.
  const isNew = text !== "" || before.isThere;
  put(user, place, { text, at: Date.now(), isNew, isThere: before.isThere });
  if (isNew)
    timers.set(
      place,
      setTimeout(() => void tell(user, place), TELL_MS),
    );
}

/** Give back what was not sent, behind what has been written since. */
export function putBack(user: number, place: string, text: string): void {
  const now = [readDraft(user, place), text].filter(Boolean).join("\n");
  keepDraft(user, place, now);
  heard.value = { place, text: now };
}

/** Bring both sides in step: after a greeting, when either may have missed something. */
export async function syncDrafts(user: number): Promise<void> {
  const { items } = await call<{ items: Draft[] }>("GET", "/api/v2/drafts");
  const there = new Map(
    items.map((one) => [placeOf(one.conversation_id, one.parent_message_id), one]),
  );
  for (const place of places(user)) {
    const { isNew, text } = held(user, place);
    if (isNew) await tell(user, place);
    else if (text !== "" && !there.has(place)) take(user, place, "", Date.now());
  }
  for (const draft of items) hearDraft(user, draft);
}

/** Another device has written, or this one, as the server says it. */
export function hearDraft(user: number, draft: Draft): void {
  const place = placeOf(draft.conversation_id, draft.parent_message_id);
  take(user, place, draft.content, Date.parse(draft.written_at));
}

/** Show what another tab of this browser writes; ends with the function that it gives. */
export function followTabs(user: number): () => void {
  const prefix = keyOf(user, "");
  const hear = ({ key }: StorageEvent): void => {
    if (!key?.startsWith(prefix)) return;
    const place = key.slice(prefix.length);
    const { text } = held(user, place);
    mark(place, text !== "");
    heard.value = { place, text };
  };
  addEventListener("storage", hear);
  return () => removeEventListener("storage", hear);
}

export function forgetDrafts(user: number): void {
  for (const timer of timers.values()) clearTimeout(timer);
  timers.clear();
  for (const place of places(user)) localStorage.removeItem(keyOf(user, place));
  drafted.value = new Set();
}

function take(user: number, place: string, text: string, at: number): void {
  const before = held(user, place);
  if (at <= before.at || text === before.text) return;
  clearTimeout(timers.get(place));
  put(user, place, { text, at, isNew: false, isThere: text !== "" });
  heard.value = { place, text };
}

async function tell(user: number, place: string): Promise<void> {
  timers.delete(place);
  const { text, at } = held(user, place);
  put(user, place, { text, at, isNew: true, isThere: true });
  const [conversationId = "", thread] = place.split(".");
  const path = `/api/v2/conversations/${encodeURIComponent(conversationId)}/draft`;
  const body = {
    content: text,
    written_at: new Date(at).toISOString(),
    ...(thread === undefined ? {} : { parent_message_id: Number(thread) }),
  };
  try {
    await call("PUT", path, { body, key: newKey() });
  } catch {
    return; // At the next greeting, then; until then it is on this device.
  }
  const now = held(user, place);
  if (now.at === at) put(user, place, { ...now, isNew: false, isThere: text !== "" });
}

function keyOf(user: number, place: string): string {
  return `${PREFIX}${user}.${place}`;
}

function held(user: number, place: string): Held {
  const text = localStorage.getItem(keyOf(user, place)) ?? "";
  try {
    const kept = JSON.parse(text) as Held;
    if (typeof kept.text === "string") return kept;
  } catch {
    // Of an older version of this page, or nothing.
  }
  return { text: "", at: 0, isNew: false, isThere: false };
}

function put(user: number, place: string, draft: Held): void {
  try {
    if (draft.text === "" && !draft.isNew) localStorage.removeItem(keyOf(user, place));
    else localStorage.setItem(keyOf(user, place), JSON.stringify(draft));
  } catch {
    // Full or forbidden: the draft lives as long as this page does.
  }
  mark(place, draft.text !== "");
}

function mark(place: string, isDrafted: boolean): void {
  if (drafted.peek().has(place) === isDrafted) return;
  const now = new Set(drafted.peek());
  if (isDrafted) now.add(place);
  else now.delete(place);
  drafted.value = now;
}

/** The places of which something is kept here; also says which have a draft. */
function places(user: number): string[] {
  const prefix = keyOf(user, "");
  const found = Array.from({ length: localStorage.length }, (_, n) => localStorage.key(n) ?? "")
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  drafted.value = new Set(found.filter((place) => held(user, place).text !== ""));
  return found;
}
