/** Archiving a room, and opening it again. */
import { call, newKey } from "../api/http.ts";
import type { Conversation } from "../api/types.ts";
import type { Chat } from "../sync/chat.ts";

/** Raises `Refusal`. */
export async function archive(chat: Chat, id: string, archived: boolean): Promise<void> {
  const path = `/api/v2/conversations/${id}`;
  // Where it was so already, no event tells it.
  chat.keepConversation(
    await call<Conversation>("PATCH", path, { body: { archived }, key: newKey() }),
  );
}
