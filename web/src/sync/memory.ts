/**
 * What the page knew, kept in the browser's database: opened without a network it shows that, and what
 * came since is asked for when there is one. Bounded, and gone with the sign-out.
 */
import type { Conversation, User } from "../api/types.ts";
import type { Chat, Remembered } from "./chat.ts";
import { whenIdle } from "./idle.ts";
import type { Timeline } from "./timeline.ts";

const DATABASE = "causerie";
const STORE = "kept";
const KEPT_MESSAGES = 50; // Of each conversation: what one sees when it opens.
const SAVE_MS = 1_000; // What has not changed is not written.

type Kept =
  | { user: number; part: "lists"; conversations: Conversation[]; people: User[] }
  | { user: number; part: string; id: string; timeline: Timeline; rev: number };

/** Show what was kept, and keep it in step from here on; ends with the function that it gives. */
export function keepMemory(chat: Chat): () => void {
  const user = chat.me.peek().id;
  load(user)
    .then((held) => {
      if (held !== null) chat.recall(held);
    })
    .catch(() => {}); // A browser without a database opens empty, as it always did.
  const saver = new Saver(chat, user);
  const timer = setInterval(() => whenIdle(() => saver.save()), SAVE_MS);
  const leaving = () => saver.save();
  addEventListener("pagehide", leaving);
  return () => {
    clearInterval(timer);
    removeEventListener("pagehide", leaving);
  };
}

/** Forget what is known of everybody. */
export function forgetMemory(): Promise<void> {
  return new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(DATABASE);
    asked.onsuccess = () => resolve();
    asked.onerror = () => resolve();
    asked.onblocked = () => resolve(); // Another tab has it open; that one is signed out, too.
  });
}

class Saver {
  #chat: Chat;
  #user: number;
  #saved = new Map<string, unknown>();

  constructor(chat: Chat, user: number) {
    this.#chat = chat;
    this.#user = user;
  }

  /** Write what is another than when it was written last. */
  save(): void {
    if (!this.#chat.isReady.peek()) return;
    const { conversations, people, timelines } = this.#chat.remembered();
    const changed: Kept[] = [];
    if (this.#isNew("lists", conversations)) {
      const lists = { conversations: [...conversations.values()], people: [...people.values()] };
      changed.push({ user: this.#user, part: "lists", ...lists });
    }
    for (const { id, timeline, rev } of timelines) {
      if (!this.#isNew(id, timeline)) continue;
      const items = timeline.items.slice(-KEPT_MESSAGES);
      const atStart = timeline.atStart && items.length === timeline.items.length;
      const kept = { items, atStart, atEnd: true };
      changed.push({ user: this.#user, part: `timeline ${id}`, id, timeline: kept, rev });
    }
    if (changed.length > 0) write(changed, new Set(timelines.map((one) => one.id))).catch(() => {});
  }

  #isNew(part: string, value: unknown): boolean {
    if (this.#saved.get(part) === value) return false;
    this.#saved.set(part, value);
    return true;
  }
}

async function load(user: number): Promise<Remembered | null> {
  const kept = await within("readonly", (store) => done<Kept[]>(store.getAll()));
  const own = kept.filter((one) => one.user === user);
  const lists = own.find((one) => one.part === "lists");
  if (lists === undefined || !("conversations" in lists)) return null;
  return {
    conversations: new Map(lists.conversations.map((one) => [one.id, one])),
    people: new Map(lists.people.map((one) => [one.id, one])),
    timelines: own.flatMap((one) => ("timeline" in one ? [one] : [])),
  };
}

/** Put the parts, and take away the conversations that were not used lately. */
function write(parts: readonly Kept[], used: ReadonlySet<string>): Promise<void> {
  return within("readwrite", async (kept) => {
    for (const part of parts) kept.put(part);
    const keys = await done<IDBValidKey[]>(kept.getAllKeys());
    for (const key of keys) {
      const [user, part] = key as [number, string];
      const isOld = part !== "lists" && !used.has(part.replace("timeline ", ""));
      if (isOld || user !== parts[0]?.user) kept.delete(key);
    }
  });
}

/** Work in one transaction, and leave no connection behind: an open one keeps a sign-out waiting. */
async function within<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const asked = indexedDB.open(DATABASE, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore(STORE, { keyPath: ["user", "part"] });
  };
  const database = await done(asked);
  try {
    return await work(database.transaction(STORE, mode).objectStore(STORE));
  } finally {
    database.close(); // When its transaction is over, as the standard has it.
  }
}

function done<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
