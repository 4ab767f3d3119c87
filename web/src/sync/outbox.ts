/**
 * What the user has done and the server has not acknowledged. Kept on disk until it has, and repeated
 * with the same `client_id`: however often, it happens once.
 */
import { asRefusal, isPassing } from "../api/refusal.ts";
import type { Message } from "../api/types.ts";

export type Command =
  | {
      type: "send_message";
      data: {
        conversation_id: string;
        content: string;
        parent_message_id?: number;
        message_type?: "text" | "file";
        file_ids?: number[];
      };
    }
  | { type: "edit_message"; data: { message_id: number; content: string } }
  | { type: "delete_message"; data: { message_id: number } }
  | { type: "pin_message"; data: { message_id: number; pinned: boolean } }
  | { type: "add_reaction" | "remove_reaction"; data: { message_id: number; emoji: string } };

export interface Entry {
  /** Its `client_id`. */
  readonly id: string;
  readonly conversationId: string;
  readonly command: Command;
  readonly at: number;
  /** waiting: for its turn or its answer; failed: refused; sent: its message has yet to come. */
  readonly state: "waiting" | "failed" | "sent";
  readonly error?: { code: string; message: string };
}

export interface Shelf {
  load(): Entry[];
  put(entry: Entry): void;
  remove(id: string): void;
}

export interface Line {
  isOpen: boolean;
  ask<T>(type: string, data: unknown): Promise<T>;
}

export interface OutboxUser {
  changed(entries: readonly Entry[]): void;
  /** Whether a message of this number has come already, so that its entry need not be kept. */
  hasCome(conversationId: string, seq: number): boolean;
  refused(entry: Entry): void;
  /** More was sent than may be at once: the rest goes by itself after so many seconds. */
  slowed(seconds: number): void;
}

const RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;

export class Outbox {
  #entries: Entry[] = [];
  #busy = new Set<string>(); // Conversations with a command under way: one at a time keeps order.
  #held = new Map<string, number>(); // Conversations that wait, and until when.
  #shelf: Shelf;
  #line: Line;
  #user: OutboxUser;

  constructor(shelf: Shelf, line: Line, user: OutboxUser) {
    this.#shelf = shelf;
    this.#line = line;
    this.#user = user;
    this.#entries = shelf.load().sort((a, b) => a.at - b.at);
    user.changed(this.#entries);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  add(entry: Entry): void {
    this.#shelf.put(entry);
    this.#set([...this.#entries, entry]);
    this.flush();
  }

  /** Try a refused one again, under the same key. */
  retry(id: string): void {
    this.#replace(id, (entry) => ({ ...without(entry), state: "waiting" }));
    this.flush();
  }

  discard(id: string): void {
    if (!this.#entries.some((entry) => entry.id === id)) return; // Its message has come before its answer.
    this.#shelf.remove(id);
    this.#set(this.#entries.filter((entry) => entry.id !== id));
  }

  /** A message has come: if it is one of ours, it waits no longer. */
  arrived(clientId: string | null): void {
    if (clientId !== null) this.discard(clientId);
  }

  /** The newest page was read anew: what was acknowledged is in it, or further up. */
  settled(conversationId: string): void {
    this.#set(
      this.#entries.filter((e) => e.conversationId !== conversationId || e.state !== "sent"),
    );
  }

  /** Send what waits: of each conversation one command at a time, in order. */
  flush(): void {
    if (!this.#line.isOpen) return;
    const seen = new Set<string>();
    for (const entry of this.#entries) {
      if (entry.state !== "waiting" || seen.has(entry.conversationId)) continue;
      seen.add(entry.conversationId);
      const isHeld = (this.#held.get(entry.conversationId) ?? 0) > Date.now();
      if (!isHeld && !this.#busy.has(entry.conversationId)) void this.#send(entry);
    }
  }

  async #send(entry: Entry): Promise<void> {
    this.#busy.add(entry.conversationId);
    try {
      const data = { ...entry.command.data, client_id: entry.id };
      const answer = await this.#line.ask<Message>(entry.command.type, data);
      this.#acknowledged(entry, answer);
    } catch (error) {
      this.#failed(entry, error);
    } finally {
      this.#busy.delete(entry.conversationId);
      this.flush();
    }
  }

  #acknowledged(entry: Entry, answer: Message): void {
    const isMessage = entry.command.type === "send_message";
    if (!isMessage || this.#user.hasCome(entry.conversationId, answer.seq)) {
      this.discard(entry.id);
      return;
    }
    this.#shelf.remove(entry.id);
    this.#replace(entry.id, (held) => ({ ...held, state: "sent" }), false);
  }

  #failed(entry: Entry, error: unknown): void {
    const refusal = asRefusal(error);
    if (isPassing(refusal)) {
      const wait = Math.min((refusal.retryAfter ?? 0) * 1000 || RETRY_MS, MAX_RETRY_MS);
      this.#held.set(entry.conversationId, Date.now() + wait);
      if (refusal.code === "rate_limited") this.#user.slowed(Math.ceil(wait / 1000));
      setTimeout(() => {
        this.#held.delete(entry.conversationId);
        this.flush();
      }, wait);
      return;
    }
    const failed: Entry = {
      ...entry,
      state: "failed",
      error: { code: refusal.code, message: refusal.message },
    };
    if (entry.command.type === "send_message") this.#replace(entry.id, () => failed);
    else this.discard(entry.id); // Nothing was written: what is shown goes back to what is.
    this.#user.refused(failed);
  }

  /** The line is open anew: nothing waits for the last one's troubles. */
  reopened(): void {
    this.#held.clear();
    this.flush();
  }

  #replace(id: string, change: (entry: Entry) => Entry, isKept = true): void {
    this.#set(
      this.#entries.map((entry) => {
        if (entry.id !== id) return entry;
        const now = change(entry);
        if (isKept) this.#shelf.put(now);
        return now;
      }),
    );
  }

  #set(entries: Entry[]): void {
    this.#entries = entries;
    this.#user.changed(entries);
  }
}

function without(entry: Entry): Entry {
  const { error: _, ...rest } = entry;
  return rest;
}
