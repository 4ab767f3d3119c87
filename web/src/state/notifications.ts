/** The browser's notifications, and the number in the tab's title. */
import { effect } from "@preact/signals";
import type { Message } from "../api/types.ts";
import type { Chat } from "../sync/chat.ts";
import { excerptOf } from "./excerpts.ts";
import { notify } from "./prefs.ts";
import { go } from "./route.ts";

const MAX_SHOWN_CHARS = 140;
// What one sees come in is read before, and counts for nothing; and to draw a tab costs more than the message.
const COUNT_MS = 600;

export function mentions(message: Message, me: { id: number; username: string }): boolean {
  if (message.mentions.includes(me.id)) return true;
  const found = message.content.match(/@([\w.-]+)/g) ?? [];
  return found.some((name) => name.slice(1).toLowerCase() === me.username.toLowerCase());
}

/** Tell of a message that came while nobody looked. */
export function announce(chat: Chat, message: Message): void {
  if (notify.value === "off" || document.visibilityState === "visible") return;
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const conversation = chat.conversations.peek().get(message.conversation_id);
  const isForMe = conversation?.kind === "direct" || mentions(message, chat.me.peek());
  if (notify.value === "mentions" && !isForMe) return;
  const where = conversation?.kind === "direct" ? "" : ` · #${conversation?.name ?? ""}`;
  const shown = new Notification(message.sender.username + where, {
    body: excerptOf(message).slice(0, MAX_SHOWN_CHARS),
    tag: message.conversation_id,
    icon: "/favicon.svg",
  });
  shown.onclick = () => {
    window.focus();
    go(`/c/${message.conversation_id}`);
    shown.close();
  };
}

export async function askToNotify(): Promise<boolean> {
  if (!("Notification" in window)) return false;
  return (await Notification.requestPermission()) === "granted";
}

/** Keep the tab's title: how much is unread, and where one is; ends with the function that it gives. */
export function keepTitle(title: () => string, unread: () => number): () => void {
  let shown = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = effect(() => {
    const [n, name] = [unread(), title()];
    const put = () => {
      document.title = `${n > 0 ? `(${n > 99 ? "99+" : n}) ` : ""}${name}`;
    };
    clearTimeout(timer);
    if (name !== shown) put();
    else timer = setTimeout(put, COUNT_MS);
    shown = name;
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}
