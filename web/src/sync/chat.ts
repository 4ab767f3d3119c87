/**
 * One user's chat as this page holds it: what the server has said, and what waits to be said.
 * Speaks through a `Line`, so that a test can be the server.
 */
import { computed, type Signal, signal } from "@preact/signals";
import type {
  Conversation,
  Hello,
  Message,
  Page,
  Presence,
  Resumed,
  ServerEvent,
  User,
} from "../api/types.ts";
import { after, isMessageChange, type MessageChange, subjectOf } from "./changes.ts";
import { type Command, type Entry, type Line, Outbox, type Shelf } from "./outbox.ts";
import {
  changed,
  lastSeq,
  NOTHING,
  PAGE_MESSAGES,
  received,
  type Timeline,
  trimmed,
  withNewer,
  withOlder,
} from "./timeline.ts";

const TYPING_MS = 6_000; // Who has said so and falls silent has stopped.
const TELL_READ_MS = 400; // A burst that is seen come in is told in one.
const MAX_TIMELINES = 20; // Conversations that open at once; the others are read anew.

export interface ChatUser {
  /** A message of somebody else's has come, live. */
  heard(message: Message): void;
  refused(entry: Entry): void;
  slowed(seconds: number): void;
  /** Too much was missed to be told: what is known of the conversation may be old. */
  missed(conversationId: string): void;
  /** The user is not in it any more, by their own will or somebody else's. */
  left(conversation: Conversation): void;
  newKey(): string;
}

export interface Remembered {
  conversations: ReadonlyMap<string, Conversation>;
  people: ReadonlyMap<number, User>;
  timelines: readonly { id: string; timeline: Timeline; rev: number }[];
}

interface Held {
  timeline: Signal<Timeline>;
  /** The changes up to this one are in it. */
  rev: number;
  /** Events that came while a page was on its way: the page may be older than they are. */
  meanwhile: ServerEvent[] | null;
  /** Ends when the page that is on its way is there, or has failed. */
  loading: Promise<void> | null;
}

interface Question {
  before?: number;
  after?: number;
  limit: number;
}

export class Chat {
  readonly me: Signal<User>;
  readonly conversations = signal<ReadonlyMap<string, Conversation>>(new Map());
  readonly entries = signal<readonly Entry[]>([]);
  readonly people = signal<ReadonlyMap<number, User>>(new Map());
  readonly presence = signal<ReadonlyMap<number, Presence>>(new Map());
  readonly typing = signal<ReadonlyMap<string, ReadonlyMap<number, number>>>(new Map());
  readonly isReady = signal(false);
  /** The last change to any message, for views that hold messages of their own (threads, pins). */
  readonly news = signal<ServerEvent | null>(null);
  readonly unread = computed(() => {
    let sum = 0;
    for (const one of this.conversations.value.values()) sum += unreadOf(one);
    return sum;
  });
  readonly outbox: Outbox;
  #held = new Map<string, Held>();
  #watched: { id: string; isSeen: () => boolean } | null = null;
  /** Conversations of which is yet to be told how far they are read. */
  #untold = new Set<string>();
  #line: Line;
  #user: ChatUser;

  constructor(me: User, line: Line, shelf: Shelf, user: ChatUser) {
    this.me = signal(me);
    this.#line = line;
    this.#user = user;
    this.outbox = new Outbox(shelf, line, {
      changed: (entries) => {
        this.entries.value = entries;
      },
      hasCome: (id, seq) => (this.conversations.peek().get(id)?.last_seq ?? 0) >= seq,
      refused: (entry) => user.refused(entry),
      slowed: (seconds) => user.slowed(seconds),
    });
  }

  // --- the socket -------------------------------------------------------------------------------

  /** Take the greeting; the first frame, which asks for what was missed, is sent before this returns. */
  greeted(hello: Hello): void {
    const since: Record<string, number> = {};
    const revs: Record<string, number> = {};
    for (const [id, held] of this.#held) {
      const { items, atEnd } = held.timeline.peek();
      if (atEnd) since[id] = lastSeq(held.timeline.peek());
      if (atEnd || items.length > 0) revs[id] = held.rev;
    }
    const answer = this.#line.ask<Resumed>("subscribe", { since, revs });
    this.me.value = hello.user;
    this.conversations.value = new Map(hello.conversations.map((one) => [one.id, one]));
    this.#meetAll(hello.conversations.flatMap((one) => (one.peer ? [one.peer as User] : [])));
    this.#meetAll([hello.user]);
    answer.then((resumed) => this.#resumed(resumed, Object.keys(revs))).catch(() => {});
    this.isReady.value = true;
    this.outbox.reopened();
  }

  /** Read anew what is too far behind, and forget what is not the user's any more. */
  #resumed(resumed: Resumed, asked: readonly string[]): void {
    for (const id of asked) {
      const held = this.#held.get(id);
      const answer = resumed[id];
      if (held === undefined) continue;
      if (answer === undefined) this.#leave(id);
      else if (answer.reset) {
        held.rev = answer.rev;
        this.openAtEnd(id).catch(() => {});
        this.#user.missed(id);
      }
    }
  }

  heard(event: ServerEvent): void {
    if (event.type === "message") this.#message(event.data);
    else if (isMessageChange(event)) this.#change(event);
    else this.#other(event);
  }

  #message(message: Message): void {
    const id = message.conversation_id;
    const conversation = this.conversations.peek().get(id);
    const isNew = conversation === undefined || message.seq > conversation.last_seq;
    const isOwn = message.sender.id === this.me.peek().id;
    const held = this.#held.get(id);
    const isSeen = this.#watched?.id === id && this.#watched.isSeen();
    held?.meanwhile?.push({ type: "message", data: message });
    if (held !== undefined) this.#receive(id, held, message);
    if (conversation !== undefined && isNew) {
      const read_seq = isOwn || isSeen ? message.seq : conversation.read_seq;
      this.#patch(id, { last_seq: message.seq, read_seq });
      if (isSeen && !isOwn) this.#tellSoon(id);
    }
    if (isOwn) this.outbox.arrived(message.client_id);
    this.#stoppedTyping(id, message.sender.id);
    this.news.value = { type: "message", data: message };
    if (isNew && !isOwn) this.#user.heard(message);
  }

  #receive(id: string, held: Held, message: Message): void {
    const { timeline, hasHole } = received(held.timeline.peek(), message);
    // What is being looked at is let go of by who shows it: when nobody waits for a message.
    held.timeline.value = this.#watched?.id === id ? timeline : trimmed(timeline);
    if (hasHole) this.#rewind(id, held);
  }

  /** Have everything sent again from what is held on. */
  #rewind(id: string, held: Held): void {
    const since = { [id]: lastSeq(held.timeline.peek()) };
    this.#line
      .ask<Resumed>("subscribe", { since, revs: { [id]: held.rev } })
      .then((resumed) => this.#resumed(resumed, [id]))
      .catch(() => {});
  }

  #change(event: MessageChange): void {
    const subject = subjectOf(event);
    for (const [id, held] of this.#held) {
      if (event.data.conversation_id !== undefined && event.data.conversation_id !== id) continue;
      held.meanwhile?.push(event);
      held.timeline.value = changed(held.timeline.peek(), subject, (message) =>
        after(message, event, this.me.peek().id),
      );
      held.rev = Math.max(held.rev, event.data.rev ?? 0);
    }
    this.news.value = event;
  }

  #other(event: Exclude<ServerEvent, MessageChange | { type: "message" }>): void {
    switch (event.type) {
      case "conversation_created":
        this.#keep(event.data);
        if (event.data.peer) this.#meetAll([event.data.peer as User]);
        break;
      case "conversation_updated": {
        const { last_seq: _, ...shown } = event.data;
        this.#patch(event.data.id, shown);
        this.#numbered(event.data.id, shown.rev);
        break;
      }
      case "member_joined":
      case "member_left":
        this.#membership(event.type === "member_joined", event.data);
        break;
      case "read":
        this.#read(event.data);
        break;
      case "typing":
        this.#typing(event.data.conversation_id, event.data.user_id, event.data.typing);
        break;
      case "presence":
        this.presence.value = new Map(this.presence.peek()).set(
          event.data.user_id,
          event.data.status,
        );
        break;
      case "user_updated":
        this.#updated(event.data);
        break;
      default:
        this.news.value = event;
    }
  }

  #updated(user: User): void {
    this.#meetAll([user]);
    if (user.id === this.me.peek().id) this.me.value = user;
    for (const one of this.conversations.peek().values()) {
      if (one.peer?.id === user.id) this.#patch(one.id, { peer: user });
    }
  }

  #membership(
    hasJoined: boolean,
    change: { conversation_id: string; user: User; rev?: number },
  ): void {
    const id = change.conversation_id;
    this.#meetAll([change.user]);
    this.#numbered(id, change.rev);
    if (!hasJoined && change.user.id === this.me.peek().id) {
      this.#leave(id);
      return;
    }
    const count = this.conversations.peek().get(id)?.member_count;
    if (count !== undefined) this.#patch(id, { member_count: count + (hasJoined ? 1 : -1) });
    this.news.value = { type: hasJoined ? "member_joined" : "member_left", data: change };
  }

  #leave(id: string): void {
    const others = new Map(this.conversations.peek());
    const left = others.get(id);
    this.#held.delete(id);
    if (left === undefined) return;
    others.delete(id);
    this.conversations.value = others;
    this.#user.left(left);
  }

  #read(change: { conversation_id: string; user_id: number; seq: number }): void {
    const held = this.conversations.peek().get(change.conversation_id);
    if (held === undefined) return;
    if (change.user_id !== this.me.peek().id) this.news.value = { type: "read", data: change };
    else if (change.seq > held.read_seq) this.#patch(held.id, { read_seq: change.seq });
  }

  #typing(id: string, userId: number, isTyping: boolean): void {
    const now = new Map(this.typing.peek().get(id) ?? []);
    if (isTyping) now.set(userId, Date.now() + TYPING_MS);
    else now.delete(userId);
    this.typing.value = new Map(this.typing.peek()).set(id, now);
    if (isTyping) setTimeout(() => this.#fallSilent(id, userId), TYPING_MS + 50);
  }

  #fallSilent(id: string, userId: number): void {
    const until = this.typing.peek().get(id)?.get(userId);
    if (until !== undefined && until <= Date.now()) this.#typing(id, userId, false);
  }

  #stoppedTyping(id: string, userId: number): void {
    if (this.typing.peek().get(id)?.has(userId)) this.#typing(id, userId, false);
  }

  #numbered(id: string, rev: number | undefined): void {
    const held = this.#held.get(id);
    if (held !== undefined && rev !== undefined) held.rev = Math.max(held.rev, rev);
  }

  /** Take who is there, as it was told when a conversation was opened. */
  present(people: readonly { user_id: number; status: Presence }[]): void {
    const now = new Map(this.presence.peek());
    for (const { user_id, status } of people) now.set(user_id, status);
    this.presence.value = now;
  }

  // --- what is held -----------------------------------------------------------------------------

  /** What another load of this page would begin with: the conversations that were used last. */
  remembered(): Remembered {
    const timelines = [...this.#held].flatMap(([id, held]) => {
      const timeline = held.timeline.peek();
      return timeline.atEnd && timeline.items.length > 0 ? [{ id, timeline, rev: held.rev }] : [];
    });
    return { conversations: this.conversations.peek(), people: this.people.peek(), timelines };
  }

  /** Begin with what was known before, unless the server has spoken already. */
  recall({ conversations, people, timelines }: Remembered): void {
    if (this.isReady.peek()) return;
    this.conversations.value = conversations;
    this.#meetAll([...people.values()]);
    for (const { id, timeline, rev } of timelines) {
      const held = this.#hold(id);
      if (held.timeline.peek() === NOTHING) Object.assign(held, { rev }).timeline.value = timeline;
    }
    this.isReady.value = true;
  }

  timeline(id: string): Signal<Timeline> {
    return this.#hold(id).timeline;
  }

  #hold(id: string): Held {
    const held = this.#held.get(id) ?? {
      timeline: signal(NOTHING),
      rev: 0,
      meanwhile: null,
      loading: null,
    };
    this.#held.delete(id); // The latest use comes last.
    this.#held.set(id, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MAX_TIMELINES && oldest !== undefined) this.#held.delete(oldest);
    return held;
  }

  /** Read the newest page, whatever was held. Raises `Refusal`. */
  async openAtEnd(id: string): Promise<void> {
    await this.#open(id, { limit: PAGE_MESSAGES }, (page) => ({
      items: page.items,
      atStart: !page.has_more,
      atEnd: true,
    }));
    this.outbox.settled(id);
  }

  /** Read what lies around a message, whatever was held. Raises `Refusal`. */
  async openAround(id: string, seq: number): Promise<void> {
    const from = Math.max(0, seq - Math.floor(PAGE_MESSAGES / 2));
    await this.#open(id, { after: from, limit: PAGE_MESSAGES }, (page) => ({
      items: page.items,
      atStart: (page.items[0]?.seq ?? 1) <= 1,
      atEnd: !page.has_more,
    }));
  }

  async loadOlder(id: string): Promise<void> {
    const { items, atStart } = this.timeline(id).peek();
    if (atStart || items[0] === undefined) return;
    const question = { before: items[0].seq, limit: PAGE_MESSAGES };
    await this.#load(id, question, (page, held) => withOlder(held, page));
  }

  async loadNewer(id: string): Promise<void> {
    const { items, atEnd } = this.timeline(id).peek();
    if (atEnd || items.length === 0) return;
    const question = { after: lastSeq(this.timeline(id).peek()), limit: PAGE_MESSAGES };
    await this.#load(id, question, (page, held) => withNewer(held, page));
  }

  /** Let go of the oldest messages of a conversation, where live ones have piled up. */
  trim(id: string): void {
    const timeline = this.#held.get(id)?.timeline;
    if (timeline !== undefined) timeline.value = trimmed(timeline.peek());
  }

  /** Read a page in place of what is held; after another that is on its way, for one has gone there. */
  async #open(id: string, question: Question, take: (page: Page) => Timeline): Promise<void> {
    const held = this.#hold(id);
    while (held.loading !== null) await held.loading.catch(() => {});
    await this.#load(id, question, take);
  }

  async #load(
    id: string,
    question: Question,
    take: (page: Page, held: Timeline) => Timeline,
  ): Promise<void> {
    const held = this.#hold(id);
    if (held.loading !== null) return; // One page at a time.
    held.loading = this.#page(id, held, question, take).finally(() => {
      held.loading = null;
    });
    await held.loading;
  }

  async #page(
    id: string,
    held: Held,
    question: Question,
    take: (page: Page, held: Timeline) => Timeline,
  ): Promise<void> {
    held.meanwhile = [];
    const isFirst = held.timeline.peek().items.length === 0;
    const rev = this.conversations.peek().get(id)?.rev ?? 0;
    try {
      const page = await this.history(id, question);
      if (isFirst) held.rev = Math.max(held.rev, rev);
      const missed = held.meanwhile;
      held.meanwhile = null;
      held.timeline.value = take(page, held.timeline.peek());
      for (const event of missed) this.#again(id, held, event);
      for (const message of page.items) {
        if (message.sender.id === this.me.peek().id) this.outbox.arrived(message.client_id);
      }
    } finally {
      held.meanwhile = null;
    }
  }

  #again(id: string, held: Held, event: ServerEvent): void {
    if (event.type === "message") this.#receive(id, held, event.data);
    else if (isMessageChange(event)) {
      held.timeline.value = changed(held.timeline.peek(), subjectOf(event), (message) =>
        after(message, event, this.me.peek().id),
      );
    }
  }

  history(id: string, question: Question & { parent_message_id?: number }): Promise<Page> {
    return this.#line.ask<Page>("history", { conversation_id: id, ...question });
  }

  // --- what the user does -----------------------------------------------------------------------

  perform(conversationId: string, command: Command): string {
    const id = this.#user.newKey();
    this.outbox.add({ id, conversationId, command, at: Date.now(), state: "waiting" });
    return id;
  }

  ask<T>(type: string, data: unknown): Promise<T> {
    return this.#line.ask<T>(type, data);
  }

  /**
   * Say which conversation the user looks at, and how to know whether what comes in is seen: it never
   * counts as unread then. Ends with the function that it gives.
   */
  watch(id: string, isSeen: () => boolean): () => void {
    const watched = { id, isSeen };
    this.#watched = watched;
    return () => {
      if (this.#watched === watched) this.#watched = null;
    };
  }

  #tellSoon(id: string): void {
    if (this.#untold.has(id)) return;
    this.#untold.add(id);
    setTimeout(() => {
      this.#untold.delete(id);
      const seq = this.conversations.peek().get(id)?.read_seq;
      if (seq !== undefined) this.#tellRead(id, seq);
    }, TELL_READ_MS);
  }

  #tellRead(id: string, seq: number): void {
    this.#line.ask("mark_read", { conversation_id: id, seq }).catch(() => {});
  }

  /** Say how far the user has read; it never goes back. */
  markRead(id: string, seq: number): void {
    const conversation = this.conversations.peek().get(id);
    if (conversation === undefined || conversation.read_seq >= seq) return;
    this.#patch(id, { read_seq: seq });
    this.#tellRead(id, seq);
  }

  keepConversation(conversation: Conversation): void {
    this.#keep(conversation);
  }

  meet(users: readonly User[]): void {
    this.#meetAll(users);
  }

  #meetAll(users: readonly User[]): void {
    const known = this.people.peek();
    if (users.every((user) => isKnown(known.get(user.id), user))) return;
    const people = new Map(known);
    for (const user of users) people.set(user.id, user);
    this.people.value = people;
  }

  #keep(conversation: Conversation): void {
    const held = this.conversations.peek().get(conversation.id);
    const last_seq = Math.max(conversation.last_seq, held?.last_seq ?? 0);
    const kept = { ...conversation, last_seq };
    this.conversations.value = new Map(this.conversations.peek()).set(conversation.id, kept);
  }

  #patch(id: string, change: Partial<Conversation>): void {
    const held = this.conversations.peek().get(id);
    if (held === undefined) return;
    this.conversations.value = new Map(this.conversations.peek()).set(id, { ...held, ...change });
  }
}

function isKnown(held: User | undefined, user: User): boolean {
  return (
    held?.display_name === user.display_name &&
    held.avatar_url === user.avatar_url &&
    held.status_text === user.status_text
  );
}

/** How many messages the user has not read. */
export function unreadOf(conversation: Conversation): number {
  return Math.max(0, conversation.last_seq - conversation.read_seq);
}
