/** What stands in a timeline beside the messages, and which of them stand together. */
import type { Message } from "../api/types.ts";
import type { Entry } from "../sync/outbox.ts";

const TOGETHER_MS = 5 * 60_000;

export interface Row {
  readonly message: Message;
  readonly before: Message | undefined;
  readonly readSeq: number | null;
  /** The first one of a day: its date stands above it. */
  readonly startsDay: boolean;
  /** The first one that was not read when the conversation was opened. */
  readonly startsNew: boolean;
  /** Right after another one of the same person: name and picture need not stand again. */
  readonly isContinued: boolean;
}

/** The rows of before, by their message. */
export type Made = WeakMap<Message, Row>;

/** What has not changed is the same object as before: only what is new needs to be drawn. */
export function rowsOf(
  messages: readonly Message[],
  readSeq: number | null,
  made: Made = new WeakMap(),
): Row[] {
  return messages.map((message, n) => {
    const before = messages[n - 1];
    const held = made.get(message);
    if (held !== undefined && held.before === before && held.readSeq === readSeq) return held;
    const row = rowOf(message, before, readSeq);
    made.set(message, row);
    return row;
  });
}

const CHUNK_ROWS = 16; // About a screen.

/** Rows that are painted together; where one ends depends on nothing but the messages' numbers. */
export function chunksOf(rows: readonly Row[]): { key: number; rows: Row[] }[] {
  const chunks: { key: number; rows: Row[] }[] = [];
  for (const row of rows) {
    const key = Math.floor(row.message.seq / CHUNK_ROWS);
    const last = chunks.at(-1);
    if (last?.key === key) last.rows.push(row);
    else chunks.push({ key, rows: [row] });
  }
  return chunks;
}

function rowOf(message: Message, before: Message | undefined, readSeq: number | null): Row {
  const startsDay = before === undefined || dayOf(before) !== dayOf(message);
  const startsNew =
    readSeq !== null && message.seq > readSeq && before !== undefined && before.seq <= readSeq;
  return {
    message,
    before,
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
