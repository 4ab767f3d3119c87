/** What people and conversations are called. */
import type { Conversation, User } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import type { IconName } from "../parts/Icon.tsx";
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

/** What stands beside the name of a room. */
export function iconOf({ archived, visibility }: Conversation): IconName {
  if (archived) return "archive";
  return visibility === "private" ? "lock" : "hash";
}

/** Rooms and people, each by name. */
export function grouped(conversations: Iterable<Conversation>): {
  rooms: Conversation[];
  direct: Conversation[];
} {
  const all = [...conversations].map((one) => [titleOf(one), one] as const);
  // Each message changes a conversation, and hardly one its name: comparing names is what costs.
  const names = all.map(([title, { id }]) => `${id} ${title}`).join("\n");
  if (names !== last.names) {
    const places = all.map((_, n) => n);
    places.sort((a, b) => order.compare(all[a]?.[0] ?? "", all[b]?.[0] ?? ""));
    last = { names, places };
  }
  const sorted = last.places.flatMap((place) => all[place]?.[1] ?? []);
  return {
    rooms: sorted.filter((one) => one.kind !== "direct"),
    direct: sorted.filter((one) => one.kind === "direct"),
  };
}

const order = new Intl.Collator();
/** The order of the names that were sorted last. */
let last: { names: string; places: readonly number[] } = { names: "", places: [] };
