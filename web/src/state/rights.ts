/** What one may do: what one may not is not offered, and the server refuses it anyway. */
import { signal } from "@preact/signals";
import { call } from "../api/http.ts";
import type { Conversation, Member } from "../api/types.ts";
import type { Chat } from "../sync/chat.ts";
import { membersOf } from "./members.ts";

/** Those that the page asks about (docs/permissions.md). */
export type Permission =
  | "conversations.create"
  | "conversations.manage_any"
  | "messages.send"
  | "messages.delete_any"
  | "messages.pin_any"
  | "messages.mention_everyone"
  | "users.sanction"
  | "reports.review";

/** What servers allow a user at first: until this one has said what it allows. */
const AT_FIRST: readonly Permission[] = [
  "conversations.create",
  "messages.send",
  "messages.mention_everyone",
];

const granted = signal<ReadonlySet<string>>(new Set(AT_FIRST));

/** Whether one's role on the server allows it. */
export function may(permission: Permission): boolean {
  return granted.value.has(permission);
}

/** Ask what one's role allows: nobody tells when that changes. */
export async function readRights(): Promise<void> {
  const { permissions } = await call<{ permissions: string[] }>("GET", "/api/v2/me/permissions");
  granted.value = new Set(permissions);
}

export function forgetRights(): void {
  granted.value = new Set(AT_FIRST);
}

/** Whether one works on something that the moderators' view shows. */
export function moderates(): boolean {
  return may("reports.review") || may("users.sanction") || may("messages.delete_any");
}

/** The user's own part in a room; undefined while it is not known. */
export function partIn(chat: Chat, id: string): Member["role"] | undefined {
  const me = chat.me.value.id;
  return membersOf(id).find((one) => one.user.id === me)?.role;
}

/** Whether one may do in the room what its owners may: archive it, make others owners. */
export function owns(chat: Chat, id: string): boolean {
  return may("conversations.manage_any") || partIn(chat, id) === "owner";
}

/** Whether one may lead the room: rename it, invite, pin, delete what others said. */
export function leads(chat: Chat, id: string): boolean {
  const part = partIn(chat, id);
  return owns(chat, id) || part === undefined || part === "admin";
}

/** Whether one only reads there: nothing new is written, or not by oneself. */
export function isReadOnly(
  chat: Chat,
  { id, archived }: Pick<Conversation, "id" | "archived">,
): boolean {
  return archived === true || !may("messages.send") || partIn(chat, id) === "read_only";
}

/** Whether `@here` and `@room` call the members of a room; where not, the word is only a word. */
export function mayCall(chat: Chat, { id, kind }: Conversation): boolean {
  const isHeard = may("messages.mention_everyone") && partIn(chat, id) !== "read_only";
  return kind === "room" && isHeard;
}

export function mayPin(chat: Chat, id: string, kind: Conversation["kind"]): boolean {
  return kind === "direct" || may("messages.pin_any") || leads(chat, id);
}

export function mayDelete(chat: Chat, id: string, kind: Conversation["kind"]): boolean {
  return may("messages.delete_any") || (kind === "room" && leads(chat, id));
}
