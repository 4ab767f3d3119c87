import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../src/sync/outbox.ts";
import { chunksOf, continues, looksTheSame, rowsOf } from "../src/views/rows.ts";
import { ADA, message, messages, ROOM } from "./scene.ts";

test("a new message draws one row anew, the others stay the same objects", () => {
  const held = messages(1, 5);
  const before = rowsOf(held, null);
  const now = rowsOf([...held, message(6)], null, before);

  assert.deepEqual(
    now.map((row, n) => row === before[n]),
    [true, true, true, true, true, false],
  );
});

test("a row is drawn anew where its message or the one before has changed", () => {
  const held = messages(1, 4);
  const before = rowsOf(held, null);
  const edited = [held[0], message(2, { content: "edited" }), ...held.slice(2)] as typeof held;
  const now = rowsOf(edited, null, before);

  assert.deepEqual(
    now.map((row, n) => row === before[n]),
    [true, false, false, true],
  );
});

test("a row is drawn anew where what it answers has changed", () => {
  const answer = message(3, { parent_message_id: 1001 });
  const others = [message(2), answer, message(4)];
  const before = rowsOf([message(1), ...others], null);
  const now = rowsOf([message(1, { content: "edited" }), ...others], null, before);

  assert.equal(now[2]?.parent?.content, "edited");
  assert.equal(now[3], before[3]);
});

test("a new message makes the chunk that it stands in anew, the others stay the same objects", () => {
  const held = messages(1, 40);
  const rows = rowsOf(held, null);
  const before = chunksOf(rows);
  const now = chunksOf(rowsOf([...held, message(41)], null, rows), before);

  assert.deepEqual(
    now.map((chunk, n) => chunk === before[n]),
    [true, true, false],
  );
});

test("chunks depend on the numbers only, so that older messages leave them as they are", () => {
  const late = chunksOf(rowsOf(messages(40, 70), null));
  const all = chunksOf(rowsOf(messages(10, 70), null));

  assert.deepEqual(
    late.map((chunk) => chunk.key),
    [2, 3, 4],
  );
  assert.deepEqual(
    all.slice(-2).map(({ key, rows }) => [key, rows.length]),
    late.slice(-2).map(({ key, rows }) => [key, rows.length]),
  );
});

test("what is on its way stands as it will when it has come", () => {
  const own = message(1, { sender: { id: ADA.id, username: "ada" } });
  const waiting = (over: Partial<Entry> = {}, parent_message_id?: number): Entry => ({
    id: "key",
    conversationId: ROOM,
    at: Date.parse(own.created_at) + 60_000,
    state: "waiting",
    command: {
      type: "send_message",
      data: { conversation_id: ROOM, content: "hello", parent_message_id },
    },
    ...over,
  });

  assert.equal(continues(own, waiting(), ADA.id), true);
  assert.equal(continues(waiting(), waiting(), ADA.id), true);
  assert.equal(continues(undefined, waiting(), ADA.id), false);
  assert.equal(continues(message(1), waiting(), ADA.id), false); // somebody else's
  assert.equal(continues(own, waiting({}, 1001), ADA.id), false); // an answer
  assert.equal(continues(own, waiting({ at: waiting().at + 600_000 }), ADA.id), false);
  assert.equal(continues(waiting({ state: "failed" }), waiting(), ADA.id), false);
});

test("own words that have come look as they did, anything else is drawn at once", () => {
  const entry = (id: string): Entry => ({
    id,
    conversationId: ROOM,
    command: { type: "send_message", data: { conversation_id: ROOM, content: "hello" } },
    at: 0,
    state: "waiting",
  });
  const timeline = { items: messages(1, 3), atStart: true, atEnd: true };
  const [one, two] = [entry("one"), entry("two")];
  const before = { timeline, sends: [one, two] };
  const with4 = (client_id: string | null) => ({
    ...timeline,
    items: [...timeline.items, message(4, { client_id, sender: ADA })],
  });

  assert.ok(looksTheSame(before, before));
  assert.ok(looksTheSame(before, { timeline: with4("one"), sends: [two] }));
  for (const now of [
    { timeline: with4("two"), sends: [one] },
    { timeline: with4(null), sends: [one, two] },
    { timeline: with4(null), sends: [two] },
    { timeline, sends: [one] },
    { timeline, sends: [one, two, entry("three")] },
    { timeline, sends: [one, { ...two, state: "failed" as const }] },
    { timeline: { ...with4("one"), items: with4("one").items.slice(1) }, sends: [two] },
  ]) {
    assert.ok(!looksTheSame(before, now));
  }
});
