/** Tells the others that one writes: now and then while one does, and once when one has stopped. */
import { useEffect, useRef } from "preact/hooks";
import type { Conversation } from "../api/types.ts";
import { has } from "../state/features.ts";
import type { Chat } from "../sync/chat.ts";

const FIRST_MS = 400; // What is written and sent in one go is there before anybody has read that it comes.
const AGAIN_MS = 3_000; // Half of what the others wait before they take it for over.

export interface Typing {
  say: (isTyping: boolean) => void;
  /** What was written is sent: its coming says that the writing is over. */
  sent: () => void;
}

export function useTyping(chat: Chat, { id }: Conversation): Typing {
  const held = useRef({ saidAt: 0, timer: 0 });
  const tell = (typing: boolean): void => {
    held.current.saidAt = typing ? Date.now() : 0;
    chat.ask("typing", { conversation_id: id, typing }).catch(() => {}); // It is told, or it is not.
  };
  const forget = (): void => {
    clearTimeout(held.current.timer);
    held.current.timer = 0;
  };
  const say = (typing: boolean): void => {
    if (!has("typing")) return;
    const { saidAt, timer } = held.current;
    if (!typing) {
      forget();
      if (saidAt !== 0) tell(false);
    } else if (saidAt !== 0) {
      if (Date.now() - saidAt >= AGAIN_MS) tell(true);
    } else if (timer === 0) {
      held.current.timer = window.setTimeout(() => {
        forget();
        tell(true);
      }, FIRST_MS);
    }
  };
  const sent = (): void => {
    forget();
    held.current.saidAt = 0;
  };
  useEffect(() => () => say(false), [id]);
  return { say, sent };
}
