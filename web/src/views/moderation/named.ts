/** What those are called who are named by their numbers. */
import { useEffect } from "preact/hooks";
import { call } from "../../api/http.ts";
import type { User } from "../../api/types.ts";
import { nameOf } from "../../state/names.ts";
import type { Chat } from "../../sync/chat.ts";

const MAX_ASKED = 100; // At once; the server's bound.

/** Ask who those are whom this page has not met. Where nobody says, they keep their numbers. */
export function useNames(chat: Chat, ids: readonly (number | null)[]): void {
  const known = chat.people.value;
  const unknown = [...new Set(ids)].filter((id) => id !== null && !known.has(id));
  const wanted = unknown.slice(0, MAX_ASKED).map((id) => `id=${id}`);
  const question = wanted.join("&");
  useEffect(() => {
    if (question === "") return;
    call<{ items: User[] }>("GET", `/api/v2/moderation/users?${question}`)
      .then(({ items }) => chat.meet(items))
      .catch(() => {});
  }, [chat, question]);
}

/** What somebody is called, as far as this page has met them; else their number. */
export function named(chat: Chat, id: number | null): string {
  const person = id === null ? undefined : chat.people.value.get(id);
  return person === undefined ? `#${id ?? "?"}` : nameOf(person);
}
