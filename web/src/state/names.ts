/** What people and conversations are called. */
import type { Conversation, User } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import type { Chat } from "../sync/chat.ts";

export function nameOf(user: Pick<User, "username"> & { display_name?: string }): string {
  return user.display_name || user.username;
}

/** The name of a message's sender: messages carry the username only. */
export function senderName(chat: Chat, sender: { id: number; username: string }): string {
  const known = chat.people.value.get(sender.id);
  return known === undefined ? sender.username : nameOf(known);
}

export function titleOf(conversation: Conversation): string {
  if (conversation.kind === "direct" && conversation.peer) return nameOf(conversation.peer);
  return conversation.name || t("conversation.nameless");
}

/** Rooms and people, each by name. */
export function grouped(conversations: Iterable<Conversation>): {
  rooms: Conversation[];
  direct: Conversation[];
} {
  const all = [...conversations].map((one) => [titleOf(one), one] as const);
  all.sort(([a], [b]) => order.compare(a, b));
  const sorted = all.map(([, one]) => one);
  return {
    rooms: sorted.filter((one) => one.kind !== "direct"),
    direct: sorted.filter((one) => one.kind === "direct"),
  };
}

const order = new Intl.Collator();
