/** Who is in a conversation: read when somebody asks, and kept in step by events. */
import { signal } from "@preact/signals";
import { call } from "../api/http.ts";
import type { Conversation, Member } from "../api/types.ts";
import type { Chat } from "../sync/chat.ts";

const MAX_READ = 500; // A panel's worth; bigger rooms are found by search.

const known = signal<ReadonlyMap<string, readonly Member[]>>(new Map());
/** The changes up to these are in what is known of a conversation's members. */
const revs = new Map<string, number>();

export function membersOf(id: string): readonly Member[] {
  return known.value.get(id) ?? [];
}

/** Whether nothing has changed about the conversation since its members were read. */
export function areMembersRead({ id, rev }: Conversation): boolean {
  return (revs.get(id) ?? -1) >= rev;
}

export async function readMembers(chat: Chat, id: string): Promise<void> {
  const path = `/api/v2/conversations/${encodeURIComponent(id)}/members?limit=${MAX_READ}`;
  const rev = chat.conversations.peek().get(id)?.rev;
  const { items } = await call<{ items: Member[] }>("GET", path);
  chat.meet(items.map((one) => one.user));
  known.value = new Map(known.peek()).set(id, items);
  if (rev !== undefined) revs.set(id, rev);
}
