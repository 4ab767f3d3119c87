/** What is open beside the conversation, and what it is about. */
import { signal } from "@preact/signals";

export type Panel =
  | { kind: "thread"; conversationId: string; rootId: number }
  | { kind: "members" }
  | { kind: "pins" }
  | { kind: "threads" }
  | { kind: "search" };

export const panel = signal<Panel | null>(null);

export function togglePanel(next: Panel): void {
  panel.value = panel.value?.kind === next.kind ? null : next;
}
