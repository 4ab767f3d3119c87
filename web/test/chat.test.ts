import assert from "node:assert/strict";
import { test } from "node:test";
import { ADA, message, messages, ROOM, room, Scene, settle } from "./scene.ts";

function say(scene: Scene, content: string): string {
  const data = { conversation_id: ROOM, content };
  return scene.chat.perform(ROOM, { type: "send_message", data });
}

test("a message is shown at once and stands once when it has come, ack first", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  const key = say(scene, "hello");
  assert.equal(scene.chat.entries.value.length, 1);

  const own = message(4, { client_id: key, sender: { id: ADA.id, username: "ada" } });
  scene.last("send_message").answer(own);
  await settle();
  scene.chat.heard({ type: "message", data: own });

  assert.deepEqual(scene.seqs(), [1, 2, 3, 4]);
  assert.equal(scene.chat.entries.value.length, 0);
  assert.equal(scene.disk.size, 0);
});

test("and when its event comes before its ack", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  const key = say(scene, "hello");

  const own = message(4, { client_id: key, sender: { id: ADA.id, username: "ada" } });
  scene.chat.heard({ type: "message", data: own });
  scene.last("send_message").answer(own);
  await settle();

  assert.deepEqual(scene.seqs(), [1, 2, 3, 4]);
  assert.equal(scene.chat.entries.value.length, 0);
});

test("what was not acknowledged is sent again under the same key after the line is back", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  const key = say(scene, "hello");
  scene.isOpen = false;
  scene.last("send_message").refuse("offline");
  await settle();
  scene.isOpen = true;
  scene.greet(room({ last_seq: 3 }));

  const sends = scene.of("send_message");
  assert.equal(sends.length, 2);
  assert.deepEqual(
    sends.map((one) => one.data.client_id),
    [key, key],
  );
});

test("what was written before a reload is sent by the next page, in order", async () => {
  const first = new Scene();
  first.isOpen = false;
  say(first, "one");
  say(first, "two");
  const second = new Scene(first.load());
  second.greet(room());

  assert.deepEqual(
    second.of("send_message").map((one) => one.data.content),
    ["one"],
  );
  second.last("send_message").answer(message(1));
  await settle();
  assert.deepEqual(
    second.of("send_message").map((one) => one.data.content),
    ["one", "two"],
  );
});

test("a resent message that had come long ago stands once", async () => {
  const scene = new Scene();
  scene.isOpen = false;
  const key = say(scene, "hello");
  scene.isOpen = true;
  const own = message(2, { client_id: key, sender: { id: ADA.id, username: "ada" } });
  await scene.open([message(1), own, message(3)]);

  assert.equal(scene.chat.entries.value.length, 0);
  assert.deepEqual(scene.seqs(), [1, 2, 3]);
});

test("after a return it asks for what it misses, as its first word", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  scene.chat.heard({ type: "message_edited", data: { ...message(2, { content: "new" }), rev: 7 } });
  scene.greet(room({ last_seq: 9, rev: 9 }));

  const asked = scene.last("subscribe");
  assert.deepEqual(asked.data, { since: { [ROOM]: 3 }, revs: { [ROOM]: 7 } });
});

test("too far behind, it reads the newest page", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  scene.greet(room({ last_seq: 5000, rev: 2 }));
  scene.last("subscribe").answer({ [ROOM]: { last_seq: 5000, rev: 2, missed: 4997, reset: true } });
  await settle();
  scene.last("history").answer({ items: messages(4951, 5000), has_more: true });
  await settle();

  assert.equal(scene.seqs()[0], 4951);
  assert.equal(scene.seqs().length, 50);
});

test("an edit that overtakes the page it belongs to is not lost", async () => {
  const scene = new Scene();
  scene.greet(room({ last_seq: 3 }));
  const opening = scene.chat.openAtEnd(ROOM);
  scene.chat.heard({ type: "message_edited", data: { ...message(2, { content: "new" }), rev: 1 } });
  scene.chat.heard({ type: "message", data: message(4) });
  scene.last("history").answer({ items: messages(1, 3), has_more: false });
  await opening;

  const items = scene.chat.timeline(ROOM).value.items;
  assert.deepEqual(scene.seqs(), [1, 2, 3, 4]);
  assert.equal(items[1]?.content, "new");
});

test("a hole is filled before anything newer is shown", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  scene.chat.heard({ type: "message", data: message(6) });

  assert.deepEqual(scene.seqs(), [1, 2, 3]);
  assert.deepEqual(scene.last("subscribe").data.since, { [ROOM]: 3 });
  for (const one of messages(4, 6)) scene.chat.heard({ type: "message", data: one });
  assert.deepEqual(scene.seqs(), [1, 2, 3, 4, 5, 6]);
});

test("a refused message stays, says why, and can be tried again or thrown away", async () => {
  const scene = new Scene();
  await scene.open([]);
  const key = say(scene, "hello");
  scene.last("send_message").refuse("refused");
  await settle();
  assert.equal(scene.chat.entries.value[0]?.state, "failed");

  scene.chat.outbox.retry(key);
  assert.equal(scene.of("send_message").length, 2);
  scene.last("send_message").refuse("refused");
  await settle();
  scene.chat.outbox.discard(key);
  assert.equal(scene.chat.entries.value.length, 0);
  assert.equal(scene.disk.size, 0);
});

test("unread counts what others wrote, and reading it elsewhere takes it away", async () => {
  const scene = new Scene();
  await scene.open([]);
  for (const one of messages(1, 3)) scene.chat.heard({ type: "message", data: one });
  assert.equal(scene.chat.unread.value, 3);

  scene.chat.heard({ type: "read", data: { conversation_id: ROOM, user_id: ADA.id, seq: 2 } });
  assert.equal(scene.chat.unread.value, 1);
});

test("whoever is put out of a room no longer sees it", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  scene.chat.heard({ type: "member_left", data: { conversation_id: ROOM, user: ADA, rev: 1 } });

  assert.equal(scene.chat.conversations.value.size, 0);
});

test("whether a room is archived is what the last greeting or event has said", () => {
  const scene = new Scene();
  const isArchived = () => scene.chat.conversations.value.get(ROOM)?.archived;
  scene.greet(room({ archived: true }));
  assert.equal(isArchived(), true);
  scene.chat.heard({ type: "conversation_updated", data: { id: ROOM, archived: false, rev: 7 } });
  assert.equal(isArchived(), false);
  scene.greet(room({ archived: true, rev: 8 }));

  assert.equal(isArchived(), true);
});

test("a message that has come is acknowledged without anything changing once more", async () => {
  const scene = new Scene();
  await scene.open([]);
  const key = say(scene, "hello");
  const sent = message(1, { sender: ADA, client_id: key });
  scene.chat.heard({ type: "message", data: sent });
  const before = scene.chat.entries.value;
  scene.last("send_message").answer(sent);
  await settle();

  assert.equal(scene.chat.entries.value, before);
  assert.equal(scene.disk.size, 0);
});

test("who goes to a place while another page is on its way gets there", async () => {
  const scene = new Scene();
  await scene.open(messages(251, 300), true);
  const older = scene.chat.loadOlder(ROOM);
  const going = scene.chat.openAround(ROOM, 100);
  scene.last("history").answer({ items: messages(201, 250), has_more: true });
  await older;
  await settle();
  scene.last("history").answer({ items: messages(76, 125), has_more: true });
  await going;

  assert.deepEqual([scene.seqs()[0], scene.seqs().at(-1)], [76, 125]);
});

test("what is seen come in never counts as unread, and is told once", async (t) => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const end = scene.chat.watch(ROOM, () => true);
  for (const seq of [4, 5]) {
    scene.chat.heard({ type: "message", data: message(seq) });
    assert.equal(scene.chat.unread.value, 0);
  }
  t.mock.timers.tick(1_000);
  end();
  scene.chat.heard({ type: "message", data: message(6) });

  assert.deepEqual(
    scene.of("mark_read").map((one) => one.data.seq),
    [5],
  );
  assert.equal(scene.chat.unread.value, 1);
});

test("who writes too fast is told so, and the rest waits for its turn", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  say(scene, "one too many");
  scene.last("send_message").refuse("rate_limited");
  await settle();

  assert.deepEqual(scene.told, ["slowed 2"]);
  assert.equal(scene.chat.entries.value[0]?.state, "waiting");
});

test("who is removed from a room is told which", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  const data = { conversation_id: ROOM, user: ADA };
  scene.chat.heard({ type: "member_left", data });
  scene.chat.heard({ type: "member_left", data });

  assert.deepEqual(scene.told, ["left lobby"]);
  assert.equal(scene.chat.conversations.value.size, 0);
});

test("what is looked at is let go of when it is asked to be, all else at once", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 50));
  const end = scene.chat.watch(ROOM, () => true);
  for (const one of messages(51, 201)) scene.chat.heard({ type: "message", data: one });
  assert.equal(scene.seqs().length, 201);
  scene.chat.trim(ROOM);
  assert.equal(scene.seqs().length, 150);
  end();
  for (const one of messages(202, 260)) scene.chat.heard({ type: "message", data: one });

  assert.ok(scene.seqs().length <= 200);
  assert.equal(scene.seqs().at(-1), 260);
});

test("where too much was missed to be told, the conversation itself is asked for, too", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  scene.chat.heard({ type: "message", data: message(2_000) });
  scene
    .last("subscribe")
    .answer({ [ROOM]: { last_seq: 2_000, rev: 9, missed: 1_997, reset: true } });
  await settle();

  assert.deepEqual(scene.told, [`missed ${ROOM}`]);
  assert.equal(scene.of("history").length, 2);
});

test("what is left out of the answer to a rewind is no conversation of one's own any more", async () => {
  const scene = new Scene();
  await scene.open(messages(1, 3));
  scene.chat.heard({ type: "message", data: message(6) });
  scene.last("subscribe").answer({});
  await settle();

  assert.deepEqual(scene.told, ["left lobby"]);
  assert.equal(scene.chat.conversations.value.size, 0);
});
