/** A server of one's own for the tests of the sync engine: says what it is told to, keeps what it hears. */
import { Refusal } from "../src/api/refusal.ts";
import type { Conversation, Message, User } from "../src/api/types.ts";
import { Chat } from "../src/sync/chat.ts";
import type { Entry, Line, Shelf } from "../src/sync/outbox.ts";

export const ADA: User = person(1, "ada");
export const BEN: User = person(2, "ben");
export const ROOM = "room_1";

export function person(id: number, username: string): User {
  const created_at = "2026-01-31T12:00:00.000Z";
  return { id, username, display_name: username, role: "member", created_at };
}

export function message(seq: number, over: Partial<Message> = {}): Message {
  return {
    id: 1000 + seq,
    conversation_id: ROOM,
    seq,
    sender: { id: BEN.id, username: BEN.username },
    content: `message ${seq}`,
    message_type: "text",
    parent_message_id: null,
    client_id: null,
    created_at: "2026-01-31T12:00:00.000Z",
    edited_at: null,
    deleted: false,
    pinned: false,
    reply_count: 0,
    last_reply_at: null,
    reactions: [],
    mentions: [],
    ...over,
  };
}

export function messages(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, n) => message(from + n));
}

export function room(over: Partial<Conversation> = {}): Conversation {
  return {
    id: ROOM,
    kind: "room",
    name: "lobby",
    visibility: "public",
    topic: "",
    peer: null,
    last_seq: 0,
    rev: 0,
    read_seq: 0,
    unread: 0,
    member_count: 2,
    created_at: "2026-01-31T12:00:00.000Z",
    archived: false,
    ...over,
  };
}

interface Question {
  type: string;
  data: Record<string, unknown>;
  answer: (data: unknown) => void;
  refuse: (code: string, message?: string) => void;
}

export class Scene implements Line, Shelf {
  isOpen = true;
  readonly asked: Question[] = [];
  /** What the user is told in a notice. */
  readonly told: string[] = [];
  readonly disk = new Map<string, Entry>();
  readonly chat: Chat;
  #keys = 0;

  constructor(held: readonly Entry[] = []) {
    for (const entry of held) this.disk.set(entry.id, entry);
    this.chat = new Chat(ADA, this, this, {
      heard: () => {},
      refused: () => {},
      slowed: (seconds) => this.told.push(`slowed ${seconds}`),
      missed: (id) => this.told.push(`missed ${id}`),
      left: ({ name }) => this.told.push(`left ${name}`),
      newKey: () => {
        this.#keys += 1;
        return `key-${this.#keys}`;
      },
    });
  }

  ask<T>(type: string, data: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.asked.push({
        type,
        data: data as Record<string, unknown>,
        answer: (given) => resolve(given as T),
        refuse: (code, message = code) => reject(new Refusal(code, message)),
      });
    });
  }

  load(): Entry[] {
    return [...this.disk.values()];
  }

  put(entry: Entry): void {
    this.disk.set(entry.id, entry);
  }

  remove(id: string): void {
    this.disk.delete(id);
  }

  /** The questions of a kind, in order. */
  of(type: string): Question[] {
    return this.asked.filter((question) => question.type === type);
  }

  last(type: string): Question {
    const found = this.of(type).at(-1);
    if (found === undefined) throw new Error(`${type} was not asked`);
    return found;
  }

  greet(conversation: Conversation): void {
    this.chat.greeted({
      user: ADA,
      session_id: "s",
      heartbeat_interval: 30,
      server_time: "2026-01-31T12:00:00.000Z",
      conversations: [conversation],
    });
  }

  /** Open the room with these as its newest page. */
  async open(items: readonly Message[], hasMore = false): Promise<void> {
    this.greet(room({ last_seq: items.at(-1)?.seq ?? 0 }));
    const opening = this.chat.openAtEnd(ROOM);
    this.last("history").answer({ items, has_more: hasMore });
    await opening;
  }

  seqs(): number[] {
    return this.chat.timeline(ROOM).value.items.map((one) => one.seq);
  }
}

/** Let what was promised happen. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await Promise.resolve();
}
