import { nameOf } from "../../state/names.ts";
import type { Chat } from "../../sync/chat.ts";

/** What somebody is called, as far as this page has met them; else their number. */
export function named(chat: Chat, id: number | null): string {
  const person = id === null ? undefined : chat.people.value.get(id);
  return person === undefined ? `#${id ?? "?"}` : nameOf(person);
}
