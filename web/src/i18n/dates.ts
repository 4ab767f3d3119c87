/** Times as people say them, in the reader's language and time zone. */
import { computed } from "@preact/signals";
import { locale, t } from "./index.ts";

/** The reader's own kind of that language: the English of Canada writes times in another way. */
const region = computed(
  () => navigator.languages.find((one) => one.startsWith(locale.value)) ?? locale.value,
);

const clock = computed(
  () => new Intl.DateTimeFormat(region.value, { hour: "2-digit", minute: "2-digit" }),
);
const day = computed(
  () => new Intl.DateTimeFormat(region.value, { weekday: "long", day: "numeric", month: "long" }),
);
const dayOfYear = computed(
  () => new Intl.DateTimeFormat(region.value, { day: "numeric", month: "long", year: "numeric" }),
);
const whole = computed(
  () => new Intl.DateTimeFormat(region.value, { dateStyle: "full", timeStyle: "medium" }),
);
const short = computed(
  () => new Intl.DateTimeFormat(region.value, { dateStyle: "medium", timeStyle: "short" }),
);

const DAY_MS = 24 * 3600 * 1000;

export function timeOf(at: string | number): string {
  return clock.value.format(new Date(at));
}

export function momentOf(at: string | number): string {
  return whole.value.format(new Date(at));
}

export function shortMomentOf(at: string | number): string {
  return short.value.format(new Date(at));
}

export function isSameDay(a: string | number, b: string | number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

export function dayOf(at: string): string {
  const date = new Date(at);
  const now = new Date();
  if (isSameDay(at, now.getTime())) return t("day.today");
  if (isSameDay(at, now.getTime() - DAY_MS)) return t("day.yesterday");
  return (date.getFullYear() === now.getFullYear() ? day : dayOfYear).value.format(date);
}
