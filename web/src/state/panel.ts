/** What is open beside the conversation, and what it is about. */
import { signal } from "@preact/signals";

export type Panel =
  | { kind: "thread"; conversationId: string; rootId: number }
  | { kind: "members" }
  | { kind: "pins" }
  | { kind: "threads" }
  | { kind: "search" };

export const panel = signal<Panel | null>(null);

/** What asks to close what stands on top: a phone's back button, among others (HTML, "Close requests"). */
interface CloseRequests extends EventTarget {
  destroy(): void;
}

/** On a phone a panel is a page of its own: back leads from it to the conversation. */
export function closeOnRequest(): () => void {
  const made = (window as { CloseWatcher?: new () => CloseRequests }).CloseWatcher;
  if (made === undefined) return () => {}; // Not every browser has them yet.
  const requests = new made();
  requests.addEventListener("close", () => {
    panel.value = null;
  });
  return () => requests.destroy();
}

export function togglePanel(next: Panel): void {
  panel.value = panel.value?.kind === next.kind ? null : next;
}
