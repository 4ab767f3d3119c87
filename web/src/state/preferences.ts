/** What the user prefers on all devices, kept by the server; theme and language also here, for the start. */
import { signal } from "@preact/signals";
import { call, newKey } from "../api/http.ts";
import { inOrder } from "../api/inOrder.ts";
import type { Preference } from "../api/types.ts";
import { language, type Theme, theme } from "./prefs.ts";

const UNSAVED = "causerie.unsaved";

/** By key; empty until they are read, and where the server has none. */
export const preferences = signal<ReadonlyMap<string, Preference["value"]>>(new Map());

export async function syncPreferences(): Promise<void> {
  for (const [key, value] of Object.entries(unsaved())) await save(key, value);
  const { items } = await call<{ items: Preference[] }>("GET", "/api/v2/me/preferences");
  preferences.value = new Map(items.map((one) => [one.key, one.value]));
  for (const one of items) if (one.updated_at !== null) show(one.key, one.value);
}

/** Another device, or this one, has changed it. */
export function hearPreference({ key, value }: Preference): void {
  preferences.value = new Map(preferences.peek()).set(key, value);
  show(key, value);
}

/** Change it here at once; the server is told now, or when there is a connection again. */
export async function setPreference(key: string, value: Preference["value"]): Promise<void> {
  preferences.value = new Map(preferences.peek()).set(key, value);
  show(key, value);
  keepUnsaved({ ...unsaved(), [key]: value });
  await save(key, value);
}

async function save(key: string, value: Preference["value"]): Promise<void> {
  const path = `/api/v2/me/preferences/${key}`;
  await inOrder(path, () => call("PUT", path, { body: { value }, key: newKey() }));
  const { [key]: saved, ...others } = unsaved();
  if (saved === value) keepUnsaved(others);
}

function show(key: string, value: Preference["value"]): void {
  if (key === "theme") theme.value = value === "system" ? "auto" : (value as Theme);
  if (key === "language") language.value = value as typeof language.value;
}

function unsaved(): Record<string, Preference["value"]> {
  try {
    return JSON.parse(localStorage.getItem(UNSAVED) ?? "{}") as Record<string, Preference["value"]>;
  } catch {
    return {};
  }
}

function keepUnsaved(left: Record<string, Preference["value"]>): void {
  localStorage.setItem(UNSAVED, JSON.stringify(left));
}
