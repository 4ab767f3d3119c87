/** What an event does to a message that is held. All of it may be done twice: counts are absolute. */
import type { Message, ReactionChange, ServerEvent } from "../api/types.ts";

export type MessageChange = Extract<
  ServerEvent,
  {
    type:
      | "message_edited"
      | "message_deleted"
      | "message_pinned"
      | "reaction_added"
      | "reaction_removed"
      | "thread_updated";
  }
>;

const ABOUT_MESSAGES = new Set<string>([
  "message_edited",
  "message_deleted",
  "message_pinned",
  "reaction_added",
  "reaction_removed",
  "thread_updated",
]);

export function isMessageChange(event: ServerEvent): event is MessageChange {
  return ABOUT_MESSAGES.has(event.type);
}

/** The id of the message that it is about. */
export function subjectOf(event: MessageChange): number {
  return "message_id" in event.data ? event.data.message_id : event.data.id;
}

/** Give the message as it is after the event; `me` is the id of who looks. */
export function after(message: Message, event: MessageChange, me: number): Message {
  switch (event.type) {
    case "message_edited":
    case "message_deleted": {
      const { rev: _, ...now } = event.data;
      const reactions = now.deleted ? [] : keepMine(message, now);
      return { ...message, ...now, reactions };
    }
    case "message_pinned":
      return { ...message, pinned: event.data.pinned };
    case "reaction_added":
    case "reaction_removed":
      return { ...message, reactions: counted(message.reactions, event, me) };
    case "thread_updated":
      return {
        ...message,
        reply_count: event.data.reply_count,
        last_reply_at: event.data.last_reply_at,
      };
  }
}

function keepMine(held: Message, now: Message): Message["reactions"] {
  const own = new Set(held.reactions.filter((one) => one.me).map((one) => one.emoji));
  return (now.reactions ?? held.reactions).map((one) => ({ ...one, me: own.has(one.emoji) }));
}

function counted(
  reactions: Message["reactions"],
  event: { type: "reaction_added" | "reaction_removed"; data: ReactionChange },
  me: number,
): Message["reactions"] {
  const { emoji, count, user_id } = event.data;
  const isMine = (was: boolean) => (user_id === me ? event.type === "reaction_added" : was);
  if (count <= 0) return reactions.filter((one) => one.emoji !== emoji);
  if (!reactions.some((one) => one.emoji === emoji)) {
    return [...reactions, { emoji, count, me: isMine(false) }];
  }
  return reactions.map((one) =>
    one.emoji === emoji ? { emoji, count, me: isMine(one.me ?? false) } : one,
  );
}
