/** What one may do: what one may not is not offered, and the server refuses it anyway. */
import type { Conversation, Member, User } from "../api/types.ts";
import type { Chat } from "../sync/chat.ts";
import { membersOf } from "./members.ts";

/** As far as one's role on the server says it. */
export function moderates(user: Pick<User, "role">): boolean {
  return user.role === "admin" || user.role === "moderator";
}

/** The user's own part in a room; undefined while it is not known. */
export function partIn(chat: Chat, id: string): Member["role"] | undefined {
  const me = chat.me.value.id;
  return membersOf(id).find((one) => one.user.id === me)?.role;
}

/** Whether one may do in the room what its owners may: archive it, make others owners. */
export function owns(chat: Chat, id: string): boolean {
  return moderates(chat.me.value) || partIn(chat, id) === "owner";
}

/** Whether one may lead the room: rename it, invite, pin, delete what others said. */
export function leads(chat: Chat, id: string): boolean {
  const part = partIn(chat, id);
  return moderates(chat.me.value) || part === undefined || part === "owner" || part === "admin";
}

/** Whether nothing new is written there. */
export function isArchived(chat: Chat, id: string): boolean {
  return chat.conversations.peek().get(id)?.archived === true;
}

/**
 * Whether `@here` and `@room` call the members of a room. Which roles may is not told to who has one:
 * this is as servers begin, and where it is otherwise the word is only a word.
 */
export function mayCall(chat: Chat, { id, kind }: Conversation): boolean {
  const isGuest = chat.me.value.role === "guest";
  return kind === "room" && !isGuest && partIn(chat, id) !== "read_only";
}

export function mayPin(chat: Chat, id: string, kind: Conversation["kind"]): boolean {
  return kind === "direct" || leads(chat, id);
}
