/** What stands in a timeline beside the messages, and which of them stand together. */
import type { Message } from "../api/types.ts";

const TOGETHER_MS = 5 * 60_000;

export interface Row {
  message: Message;
  /** The first one of a day: its date stands above it. */
  startsDay: boolean;
  /** The first one that was not read when the conversation was opened. */
  startsNew: boolean;
  /** Right after another one of the same person: name and picture need not stand again. */
  isContinued: boolean;
}

export function rowsOf(messages: readonly Message[], readSeq: number | null): Row[] {
  return messages.map((message, n) => {
    const before = messages[n - 1];
    const startsDay = before === undefined || dayOf(before) !== dayOf(message);
    const startsNew =
      readSeq !== null && message.seq > readSeq && before !== undefined && before.seq <= readSeq;
    return {
      message,
      startsDay,
      startsNew,
      isContinued: !startsDay && !startsNew && before !== undefined && stand(before, message),
    };
  });
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
