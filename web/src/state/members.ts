/** Who is in a conversation: read when somebody asks, and kept in step by events. */
import { signal } from "@preact/signals";
import { call } from "../api/http.ts";
import type { Member } from "../api/types.ts";
import type { Chat } from "../sync/chat.ts";

const MAX_READ = 500; // A panel's worth; bigger rooms are found by search.

const known = signal<ReadonlyMap<string, readonly Member[]>>(new Map());

export function membersOf(id: string): readonly Member[] {
  return known.value.get(id) ?? [];
}

export async function readMembers(chat: Chat, id: string): Promise<void> {
  const path = `/api/v2/conversations/${encodeURIComponent(id)}/members?limit=${MAX_READ}`;
  const { items } = await call<{ items: Member[] }>("GET", path);
  chat.meet(items.map((one) => one.user));
  known.value = new Map(known.peek()).set(id, items);
}
