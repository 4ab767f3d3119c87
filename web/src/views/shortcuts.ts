/** The keys that work everywhere. */
import { show, shown } from "../state/dialogs.ts";
import { grouped } from "../state/names.ts";
import { panel } from "../state/panel.ts";
import { go, route } from "../state/route.ts";
import { type Chat, unreadOf } from "../sync/chat.ts";
import { isComposing } from "./composing.ts";

export function listenForKeys(chat: Chat): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (shown.value !== null || isComposing(event)) return;
    const act = actionOf(chat, event);
    if (act === null) return;
    event.preventDefault();
    act();
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}

function actionOf(chat: Chat, event: KeyboardEvent): (() => void) | null {
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "k") return () => show({ kind: "switch" });
    return event.key === "/" ? () => show({ kind: "keys" }) : null;
  }
  if (event.altKey) {
    if (event.key === "ArrowDown") return () => step(chat, 1, event.shiftKey);
    return event.key === "ArrowUp" ? () => step(chat, -1, event.shiftKey) : null;
  }
  const closes = event.key === "Escape" && panel.value !== null && !event.defaultPrevented;
  return closes ? closePanel : null;
}

function closePanel(): void {
  panel.value = null;
  document.querySelector<HTMLElement>(".composer textarea")?.focus();
}

/** Go to the next or the previous conversation of the list, or to the next one with news. */
function step(chat: Chat, by: 1 | -1, isUnreadOnly: boolean): void {
  const { rooms, direct } = grouped(chat.conversations.value.values());
  const all = [...rooms, ...direct];
  const place = route.value;
  const at = all.findIndex((one) => place.view === "conversation" && one.id === place.id);
  for (let n = 1; n <= all.length; n += 1) {
    const next = all[(at + by * n + all.length * 2) % all.length];
    if (next === undefined) return;
    if (!isUnreadOnly || unreadOf(next) > 0) {
      go(`/c/${next.id}`);
      return;
    }
  }
}
