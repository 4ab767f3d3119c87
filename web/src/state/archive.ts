/** Archiving a room, and opening it again. */
import { call, newKey } from "../api/http.ts";
import type { Chat } from "../sync/chat.ts";

/** Raises `Refusal`. */
export async function archive(chat: Chat, id: string, archived: boolean): Promise<void> {
  await call("PATCH", `/api/v2/conversations/${id}`, { body: { archived }, key: newKey() });
  // Where it was so already, no event tells it.
  chat.heard({ type: "conversation_updated", data: { id, archived } });
}
