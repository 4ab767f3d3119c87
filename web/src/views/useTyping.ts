/** Tells the others that one writes: now and then while one does, and once when one has stopped. */
import { useEffect, useRef } from "preact/hooks";
import { has } from "../state/features.ts";
import type { Chat } from "../sync/chat.ts";

const AGAIN_MS = 3_000; // Half of what the others wait before they take it for over.

export function useTyping(chat: Chat, id: string): (isTyping: boolean) => void {
  const saidAt = useRef(0);
  const say = (typing: boolean): void => {
    if (!has("typing")) return;
    if (typing ? Date.now() - saidAt.current < AGAIN_MS : saidAt.current === 0) return;
    saidAt.current = typing ? Date.now() : 0;
    chat.ask("typing", { conversation_id: id, typing }).catch(() => {});
  };
  useEffect(() => () => say(false), [id]);
  return say;
}
