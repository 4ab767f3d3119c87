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

/** Rooms by name, then people by whoever wrote last. */
export function grouped(conversations: Iterable<Conversation>): {
  rooms: Conversation[];
  direct: Conversation[];
} {
  const all = [...conversations];
  return {
    rooms: all
      .filter((one) => one.kind !== "direct")
      .sort((a, b) => titleOf(a).localeCompare(titleOf(b))),
    direct: all
      .filter((one) => one.kind === "direct")
      .sort((a, b) => titleOf(a).localeCompare(titleOf(b))),
  };
}
