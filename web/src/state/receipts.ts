/** How far the others have read a conversation: asked for when it opens, and told by events. */
import { useEffect, useState } from "preact/hooks";
import { call } from "../api/http.ts";
import type { Chat } from "../sync/chat.ts";
import { link } from "./session.ts";

interface Receipts {
  items: { user_id: number; seq: number }[];
}

/** By user; empty where somebody keeps it to themselves, or the room is too large to be listed. */
export function useReceipts(chat: Chat, id: string): ReadonlyMap<number, number> {
  const [held, setHeld] = useState<ReadonlyMap<number, number>>(new Map());
  const isOpen = link.value.state === "open";
  useEffect(() => {
    const hear = (items: Receipts["items"]): void =>
      setHeld((before) => {
        const now = new Map(before);
        for (const { user_id, seq } of items) {
          now.set(user_id, Math.max(seq, now.get(user_id) ?? 0));
        }
        return now;
      });
    if (isOpen) {
      call<Receipts>("GET", `/api/v2/conversations/${encodeURIComponent(id)}/receipts`)
        .then(({ items }) => hear(items))
        .catch(() => {}); // Nothing depends on it.
    }
    return chat.news.subscribe((event) => {
      if (event?.type === "read" && event.data.conversation_id === id) hear([event.data]);
    });
  }, [chat, id, isOpen]);
  return held;
}
