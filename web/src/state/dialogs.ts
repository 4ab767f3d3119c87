/** Which dialog is open; at most one is. */
import { signal } from "@preact/signals";
import type { Message, Sanction, Scheduled } from "../api/types.ts";

export type Shown =
  | { kind: "rooms" }
  | { kind: "create" }
  | { kind: "direct" }
  | { kind: "switch" }
  | { kind: "keys" }
  | { kind: "edit-room"; id: string }
  | { kind: "invite"; id: string }
  | { kind: "leave"; id: string }
  | { kind: "archive"; id: string }
  | { kind: "attention"; id: string }
  | { kind: "edits"; message: Message }
  | { kind: "reactors"; message: Message }
  | { kind: "later"; id: string; content: string; thread: number | null; onDone: () => void }
  | { kind: "change-later"; scheduled: Scheduled }
  | { kind: "lift"; sanction: Sanction; onDone: (now: Sanction) => void }
  | { kind: "delete"; message: Message }
  | { kind: "report"; message: Message }
  | { kind: "sanction"; userId: number; name: string; conversationId: string | null };

export const shown = signal<Shown | null>(null);

export function show(dialog: Shown): void {
  shown.value = dialog;
}

export function hide(): void {
  shown.value = null;
}
