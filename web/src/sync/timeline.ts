/**
 * The stretch of a conversation that is held: messages in the order of `seq`, without anything
 * missing in between. Values in, values out; what scrolls far away is let go, so that a history of
 * any length costs the same.
 */
import type { Message, Page } from "../api/types.ts";

export const PAGE_MESSAGES = 50;
export const MAX_HELD = 150; // Some six screens: scrolling back and forth within them loads nothing.
const SLACK = 50; // Live messages are let pile up, so that not each one takes another away.
/** Who reads further up keeps what they read until this much is held: then the newest are not. */
export const MOST_HELD = 2 * MAX_HELD;

export interface Timeline {
  readonly items: readonly Message[];
  /** Nothing lies before the first one. */
  readonly atStart: boolean;
  /** Nothing lies behind the last one: what comes in is appended. */
  readonly atEnd: boolean;
}

export const NOTHING: Timeline = { items: [], atStart: false, atEnd: false };

export function firstSeq(timeline: Timeline): number {
  return timeline.items[0]?.seq ?? 0;
}

export function lastSeq(timeline: Timeline): number {
  return timeline.items.at(-1)?.seq ?? 0;
}

/** Put an older page before what is held, and let go of the newest where that is too much. */
export function withOlder(timeline: Timeline, page: Page): Timeline {
  const first = firstSeq(timeline) || Number.POSITIVE_INFINITY;
  const older = page.items.filter((message) => message.seq < first);
  const items = [...older, ...timeline.items];
  const isTooMuch = items.length > MAX_HELD;
  return {
    items: isTooMuch ? items.slice(0, MAX_HELD) : items,
    atStart: !page.has_more,
    atEnd: timeline.atEnd && !isTooMuch,
  };
}

/** Put a newer page behind what is held, and let go of the oldest where that is too much. */
export function withNewer(timeline: Timeline, page: Page): Timeline {
  const last = lastSeq(timeline);
  const newer = page.items.filter((message) => message.seq > last);
  const items = [...timeline.items, ...newer];
  const isTooMuch = items.length > MAX_HELD;
  return {
    items: isTooMuch ? items.slice(-MAX_HELD) : items,
    atStart: timeline.atStart && !isTooMuch,
    atEnd: !page.has_more,
  };
}

export interface Received {
  timeline: Timeline;
  /** Messages are missing before this one: they must be asked for. */
  hasHole: boolean;
}

/** Take a message that came by the socket: new, or sent again after a rewind. */
export function received(timeline: Timeline, message: Message): Received {
  const last = lastSeq(timeline);
  if (message.seq <= last) {
    const isHeld = message.seq >= firstSeq(timeline);
    return { timeline: isHeld ? replaced(timeline, message) : timeline, hasHole: false };
  }
  if (!timeline.atEnd) return { timeline, hasHole: false };
  if (message.seq > last + 1 && last > 0) return { timeline, hasHole: true };
  if (timeline.items.length >= MOST_HELD) {
    return { timeline: { ...timeline, atEnd: false }, hasHole: false };
  }
  return { timeline: { ...timeline, items: [...timeline.items, message] }, hasHole: false };
}

/** Whether so many live messages have piled up that the oldest should be let go. */
export function isTooLong({ items, atEnd }: Timeline): boolean {
  return atEnd && items.length > MAX_HELD + SLACK;
}

/** Let go of the oldest, where live messages have piled up. */
export function trimmed(timeline: Timeline): Timeline {
  if (!isTooLong(timeline)) return timeline;
  return { items: timeline.items.slice(-MAX_HELD), atStart: false, atEnd: true };
}

/** Put a message's new state in the place of the one that is held, if it is. */
export function replaced(timeline: Timeline, message: Message): Timeline {
  return changed(timeline, message.id, (held) => ({ ...message, reactions: mine(held, message) }));
}

/** Change one message, if it is held. */
export function changed(
  timeline: Timeline,
  id: number,
  change: (message: Message) => Message,
): Timeline {
  const at = timeline.items.findIndex((message) => message.id === id);
  const held = timeline.items[at];
  if (held === undefined) return timeline;
  const items = [...timeline.items];
  items[at] = change(held);
  return { ...timeline, items };
}

/** Events are the same for everyone, so they do not say whether a reaction is also mine. */
function mine(held: Message, now: Message): Message["reactions"] {
  return now.reactions.map((reaction) => ({
    ...reaction,
    me: reaction.me || held.reactions.some((was) => was.emoji === reaction.emoji && was.me),
  }));
}
