/** What the user has done is shown at once: the server's state, and on it what still waits. */
import type { Message } from "../api/types.ts";
import type { Entry } from "./outbox.ts";

/** Show a message as it will be when what waits for it has happened. */
export function withPending(message: Message, pending: readonly Entry[]): Message {
  let shown = message;
  for (const { command } of pending) {
    if (!("message_id" in command.data) || command.data.message_id !== message.id) continue;
    switch (command.type) {
      case "edit_message":
        shown = { ...shown, content: (command.data as { content: string }).content };
        break;
      case "delete_message":
        shown = { ...shown, deleted: true, content: "", reactions: [] };
        break;
      case "pin_message":
        shown = { ...shown, pinned: (command.data as { pinned: boolean }).pinned };
        break;
      case "add_reaction":
      case "remove_reaction":
        shown = {
          ...shown,
          reactions: toggled(
            shown.reactions,
            (command.data as { emoji: string }).emoji,
            command.type === "add_reaction",
          ),
        };
        break;
    }
  }
  return shown;
}

function toggled(
  reactions: Message["reactions"],
  emoji: string,
  isAdded: boolean,
): Message["reactions"] {
  const held = reactions.find((one) => one.emoji === emoji);
  if ((held?.me ?? false) === isAdded) return reactions;
  if (held === undefined) return [...reactions, { emoji, count: 1, me: true }];
  const count = held.count + (isAdded ? 1 : -1);
  if (count <= 0) return reactions.filter((one) => one.emoji !== emoji);
  return reactions.map((one) => (one.emoji === emoji ? { emoji, count, me: isAdded } : one));
}
