/** What stands in a timeline beside the messages, and which of them stand together. */
import type { Message } from "../api/types.ts";
import type { Entry } from "../sync/outbox.ts";
import type { Timeline } from "../sync/timeline.ts";

const TOGETHER_MS = 5 * 60_000;

export interface Row {
  readonly message: Message;
  readonly before: Message | undefined;
  /** What it answers, where that is held. */
  readonly parent: Message | undefined;
  readonly readSeq: number | null;
  /** The first one of a day: its date stands above it. */
  readonly startsDay: boolean;
  /** The first one that was not read when the conversation was opened. */
  readonly startsNew: boolean;
  /** Right after another one of the same person: name and picture need not stand again. */
  readonly isContinued: boolean;
}

/**
 * What has not changed is the same object as in `drawn`: only what is new needs to be drawn. Only the
 * rows drawn last are known, as each knows the message before it: all that were would never be let go.
 */
export function rowsOf(
  messages: readonly Message[],
  readSeq: number | null,
  drawn: readonly Row[] = [],
): Row[] {
  const made = new Map(drawn.map((row) => [row.message, row]));
  const byId = new Map(messages.map((message) => [message.id, message]));
  return messages.map((message, n) => {
    const before = messages[n - 1];
    const parent = byId.get(message.parent_message_id ?? 0);
    const held = made.get(message);
    const isSame = held?.before === before && held?.parent === parent && held?.readSeq === readSeq;
    if (held !== undefined && isSame) return held;
    return rowOf(message, before, parent, readSeq);
  });
}

const CHUNK_ROWS = 16; // About a screen.

/** Rows that are drawn and painted together. */
export interface Chunk {
  readonly key: number;
  readonly rows: readonly Row[];
}

/**
 * Where a chunk ends depends on nothing but the messages' numbers. One whose rows are those of before
 * is the same object as `before`.
 */
export function chunksOf(rows: readonly Row[], before: readonly Chunk[] = []): Chunk[] {
  const chunks: { key: number; rows: Row[] }[] = [];
  for (const row of rows) {
    const key = Math.floor(row.message.seq / CHUNK_ROWS);
    const last = chunks.at(-1);
    if (last?.key === key) last.rows.push(row);
    else chunks.push({ key, rows: [row] });
  }
  const held = new Map(before.map((chunk) => [chunk.key, chunk]));
  return chunks.map((chunk) => {
    const was = held.get(chunk.key);
    return was !== undefined && areSame(was.rows, chunk.rows) ? was : chunk;
  });
}

function areSame(some: readonly Row[], others: readonly Row[]): boolean {
  return some.length === others.length && some.every((row, n) => row === others[n]);
}

function rowOf(
  message: Message,
  before: Message | undefined,
  parent: Message | undefined,
  readSeq: number | null,
): Row {
  const startsDay = before === undefined || dayOf(before) !== dayOf(message);
  const startsNew =
    readSeq !== null && message.seq > readSeq && before !== undefined && before.seq <= readSeq;
  return {
    message,
    before,
    parent,
    readSeq,
    startsDay,
    startsNew,
    isContinued: !startsDay && !startsNew && before !== undefined && stand(before, message),
  };
}

/** Whether what waits to be sent will stand right after one's own last words. */
export function continues(before: Message | Entry | undefined, entry: Entry, me: number): boolean {
  if (before === undefined || entry.command.type !== "send_message") return false;
  const parent = entry.command.data.parent_message_id ?? null;
  if ("command" in before) {
    const { command } = before;
    const its = command.type === "send_message" ? command.data.parent_message_id : undefined;
    return (its ?? null) === parent && before.state !== "failed";
  }
  const at = Date.parse(before.created_at);
  return (
    before.sender.id === me &&
    before.message_type !== "system" &&
    (before.parent_message_id ?? null) === parent &&
    entry.at - at < TOGETHER_MS &&
    new Date(at).toDateString() === new Date(entry.at).toDateString()
  );
}

/** What is held of a conversation, and what waits to be sent to it. */
export interface Held {
  readonly timeline: Timeline;
  readonly sends: readonly Entry[];
}

/** Whether nothing has happened but that some of what waited has come, in its order. */
export function looksTheSame(before: Held, now: Held): boolean {
  const [was, is] = [before.timeline, now.timeline];
  const come = is.items.slice(was.items.length);
  const left = before.sends.slice(come.length);
  return (
    was.atStart === is.atStart &&
    was.atEnd === is.atEnd &&
    was.items.every((message, n) => message === is.items[n]) &&
    come.every(({ client_id }, n) => client_id === before.sends[n]?.id) &&
    left.length === now.sends.length &&
    left.every((entry, n) => entry === now.sends[n])
  );
}

function stand(before: Message, message: Message): boolean {
  return (
    before.sender.id === message.sender.id &&
    before.message_type !== "system" &&
    message.message_type !== "system" &&
    (message.parent_message_id ?? null) === (before.parent_message_id ?? null) &&
    Date.parse(message.created_at) - Date.parse(before.created_at) < TOGETHER_MS
  );
}

function dayOf(message: Message): string {
  return new Date(message.created_at).toDateString();
}
