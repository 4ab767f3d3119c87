import assert from "node:assert/strict";
import { test } from "node:test";
import { after } from "../src/sync/changes.ts";
import type { Entry } from "../src/sync/outbox.ts";
import { withPending } from "../src/sync/overlay.ts";
import {
  MAX_HELD,
  MOST_HELD,
  NOTHING,
  PAGE_MESSAGES,
  received,
  type Timeline,
  trimmed,
  withNewer,
  withOlder,
} from "../src/sync/timeline.ts";
import { message, messages, ROOM } from "./scene.ts";

const opened = (from: number, to: number, atStart: boolean, atEnd: boolean): Timeline => ({
  items: messages(from, to),
  atStart,
  atEnd,
});
const page = (from: number, to: number, has_more: boolean) => ({
  items: messages(from, to),
  has_more,
});

test("a history of 100,000 is walked to its beginning and back with a bounded hold", () => {
  const length = 100_000;
  let held = opened(length - 49, length, false, true);
  while (!held.atStart) {
    const first = held.items[0]?.seq ?? 1;
    const from = Math.max(1, first - PAGE_MESSAGES);
    held = withOlder(held, page(from, first - 1, from > 1));
    assert.ok(held.items.length <= MAX_HELD);
  }
  assert.equal(held.items[0]?.seq, 1);
  assert.equal(held.atEnd, false);
  while (!held.atEnd) {
    const last = held.items.at(-1)?.seq ?? 0;
    const to = Math.min(length, last + PAGE_MESSAGES);
    held = withNewer(held, page(last + 1, to, to < length));
  }
  const seqs = held.items.map((one) => one.seq);

  assert.deepEqual(
    seqs,
    Array.from({ length: seqs.length }, (_, n) => length - seqs.length + 1 + n),
  );
});

test("a page that overlaps what is held doubles nothing", () => {
  const held = opened(40, 60, false, true);

  assert.deepEqual(
    withOlder(held, page(30, 45, true)).items.map((one) => one.seq),
    messages(30, 60).map((one) => one.seq),
  );
});

test("what is sent again after a rewind is held once", () => {
  const held = opened(1, 5, true, true);

  assert.equal(received(held, message(4)).timeline.items.length, 5);
  assert.equal(received(held, message(5)).hasHole, false);
});

test("live messages do not enter a stretch that lies further up", () => {
  const held = opened(1, 5, true, false);

  assert.equal(received(held, message(90)).timeline, held);
  assert.equal(received(held, message(90)).hasHole, false);
});

test("the first message of an empty conversation is no hole", () => {
  const { timeline, hasHole } = received({ ...NOTHING, atStart: true, atEnd: true }, message(1));

  assert.equal(hasHole, false);
  assert.equal(timeline.items.length, 1);
});

test("live messages pile up, are let go of in one, and leave what is read further up alone", () => {
  let held = opened(1, 50, true, true);
  for (const one of messages(51, 210)) held = received(held, one).timeline;
  assert.equal(held.items.length, 210);

  const seqs = trimmed(held).items.map((one) => one.seq);
  assert.deepEqual([seqs.length, seqs[0], seqs.at(-1)], [MAX_HELD, 61, 210]);
  assert.equal(trimmed(held).atStart, false);
  for (const one of messages(211, 400)) held = received(held, one).timeline;
  assert.deepEqual([held.items.length, held.items[0]?.seq, held.atEnd], [MOST_HELD, 1, false]);
  assert.equal(trimmed(held), held);
});

test("a reaction counts what the server counts, and knows which is mine", () => {
  const data = { message_id: 1001, conversation_id: ROOM, emoji: "👍", count: 2, user_id: 7 };
  const once = after(message(1), { type: "reaction_added", data }, 7);
  const twice = after(once, { type: "reaction_added", data }, 7);

  assert.deepEqual(twice.reactions, [{ emoji: "👍", count: 2, me: true }]);
  const gone = after(twice, { type: "reaction_removed", data: { ...data, count: 0 } }, 7);
  assert.deepEqual(gone.reactions, []);
});

test("what waits is shown as if it had happened, once", () => {
  const held = message(1, { reactions: [{ emoji: "👍", count: 1, me: true }] });
  const add: Entry = {
    id: "k",
    conversationId: ROOM,
    command: { type: "add_reaction", data: { message_id: held.id, emoji: "👍" } },
    at: 0,
    state: "waiting",
  };
  const remove: Entry = { ...add, command: { ...add.command, type: "remove_reaction" } as never };

  assert.deepEqual(withPending(held, [add]).reactions, held.reactions);
  assert.deepEqual(withPending(held, [remove]).reactions, []);
  assert.deepEqual(withPending(held, [remove, add]).reactions, held.reactions);
});
