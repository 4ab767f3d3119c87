/** The page's words, in the reader's language; a catalogue that is not English is fetched when needed. */
import { computed, effect, signal } from "@preact/signals";
import { language } from "../state/prefs.ts";
import { en } from "./en.ts";
import { translated } from "./translated.ts";

export type Catalogue = { readonly [K in keyof typeof en]: string };
export type Key = keyof typeof en;
/** The keys that have a form for one and a form for several. */
export type PluralKey = Key extends infer K
  ? K extends `${infer Base}.other`
    ? Base
    : never
  : never;

const catalogue = signal<Catalogue>(en);
/** What the server says, by its English text. */
const said = signal<Readonly<Record<string, string>>>({});

export const locale = computed<"en" | "fr">(() => {
  if (language.value !== "auto") return language.value;
  return navigator.languages.find((one) => /^(?:en|fr)\b/.test(one))?.startsWith("fr")
    ? "fr"
    : "en";
});
const rules = computed(() => new Intl.PluralRules(locale.value));
const numbers = computed(() => new Intl.NumberFormat(locale.value));

effect(() => {
  document.documentElement.lang = locale.value;
  if (locale.value === "en") catalogue.value = en;
  else {
    void import("./fr.ts").then((words) => {
      said.value = words.said;
      useCatalogue("fr", words.fr);
    });
  }
});

function useCatalogue(of: "en" | "fr", words: Catalogue): void {
  if (locale.peek() === of) catalogue.value = words;
}

export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return catalogue.value[key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

/** Give what the server says in the reader's language, or null where nobody has translated it. */
export function inOwnWords(text: string): string | null {
  return locale.value === "en" ? text : translated(text, said.value);
}

/** Say a number of things: `key.one` or `key.other`, as the language counts. */
export function plural(key: PluralKey, n: number): string {
  const form = rules.value.select(n) === "one" ? "one" : "other";
  return t(`${key}.${form}` as Key, { n: numbers.value.format(n) });
}
