/** What this device remembers of how its user likes things. */
import { effect, signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
export type Notify = "off" | "mentions" | "all";

function remembered<T extends string>(key: string, values: readonly T[], first: T) {
  const held = localStorage.getItem(`causerie.${key}`) as T | null;
  const kept = signal<T>(held !== null && values.includes(held) ? held : first);
  effect(() => localStorage.setItem(`causerie.${key}`, kept.value));
  return kept;
}

export const theme = remembered<Theme>("theme", ["auto", "light", "dark"], "auto");
export const notify = remembered<Notify>("notify", ["off", "mentions", "all"], "mentions");
export const language = remembered<"auto" | "en" | "fr">("language", ["auto", "en", "fr"], "auto");

effect(() => {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
