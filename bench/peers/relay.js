// A chat relay as one would write it on Node's `ws`: rooms, fan-out to all in the room, an ack to
// the sender. With DATABASE_URL each message is one INSERT, and the ack and the fan-out follow its
// commit; without it, nothing is kept.
//
// It speaks the frames of Causerie's v2 as far as a load test needs them, so that one generator
// drives both. A socket says its room and its name in the query: /ws/v2?room=room_1&user=ann.
//
//   PORT=9000 [DATABASE_URL=postgres://...] node relay.js
"use strict";

const { WebSocketServer } = require("ws");

const POOL_CONNECTIONS = Number(process.env.POOL_CONNECTIONS ?? 20); // as many as Causerie's default
const rooms = new Map(); // name -> { seq, sockets: Set }
const users = new Map(); // name -> number
let lastId = 0;

function roomNamed(name) {
  let room = rooms.get(name);
  if (room === undefined) {
    room = { name, number: Number(name.split("_")[1]), seq: 0, sockets: new Set() };
    rooms.set(name, room);
  }
  return room;
}

function numberOf(user) {
  if (!users.has(user)) users.set(user, users.size + 1);
  return users.get(user);
}

function asMessage(room, socket, id, seq, content) {
  return {
    id,
    conversation_id: room.name,
    seq,
    sender: socket.sender,
    content,
    message_type: "text",
    parent_message_id: null,
    client_id: null,
    created_at: new Date().toISOString(),
    edited_at: null,
    deleted: false,
    pinned: false,
    reply_count: 0,
    last_reply_at: null,
    reactions: [],
    mentions: [],
  };
}

// The message is serialised once for the room and once for the ack, as anybody would.
function announce(room, socket, ref, message) {
  socket.send(JSON.stringify({ type: "ack", ref, data: message }));
  const frame = Buffer.from(JSON.stringify({ type: "message", data: message }));
  for (const reader of room.sockets) reader.send(frame, { binary: false });
}

const INSERT = {
  name: "insert",
  text: "INSERT INTO messages (conversation_id, seq, sender_id, content) VALUES ($1, $2, $3, $4) RETURNING id",
};

function keepInMemory(room, socket, ref, content) {
  announce(room, socket, ref, asMessage(room, socket, ++lastId, ++room.seq, content));
}

// Commits end in any order; readers are promised the order of seq, so what is ready waits for what
// came before it.
function keepInPostgres(pool) {
  return (room, socket, ref, content) => {
    const entry = { seq: ++room.seq, done: null };
    room.waiting ??= [];
    room.waiting.push(entry);
    pool
      .query({ ...INSERT, values: [room.number, entry.seq, socket.sender.id, content] })
      .then((result) => {
        entry.done = () =>
          announce(room, socket, ref, asMessage(room, socket, Number(result.rows[0].id), entry.seq, content));
        while (room.waiting.length > 0 && room.waiting[0].done !== null) room.waiting.shift().done();
      })
      .catch((error) => {
        console.error(error.message);
        process.exit(1); // a bench with a lost row proves nothing
      });
  };
}

async function openPostgres(url) {
  const { Pool } = require("pg");
  const pool = new Pool({ connectionString: url, max: POOL_CONNECTIONS });
  await pool.query(
    `CREATE TABLE IF NOT EXISTS messages (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       conversation_id bigint NOT NULL,
       seq bigint NOT NULL,
       sender_id bigint NOT NULL,
       content text NOT NULL,
       created_at timestamptz NOT NULL DEFAULT now(),
       UNIQUE (conversation_id, seq))`,
  );
  return pool;
}

async function main() {
  const url = process.env.DATABASE_URL;
  const keep = url ? keepInPostgres(await openPostgres(url)) : keepInMemory;
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: Number(process.env.PORT),
    perMessageDeflate: false,
    maxPayload: 65536,
    backlog: 4096,
  });
  server.on("connection", (socket, request) => {
    const query = new URL(request.url, "ws://localhost").searchParams;
    const username = query.get("user");
    const room = roomNamed(query.get("room"));
    socket.sender = { id: numberOf(username), username };
    room.sockets.add(socket);
    socket.on("message", (raw) => {
      const frame = JSON.parse(raw);
      if (frame.type === "send_message") keep(room, socket, frame.ref, frame.data.content);
    });
    socket.on("close", () => room.sockets.delete(socket));
    socket.on("error", () => socket.terminate());
    socket.send(JSON.stringify({ type: "hello", data: { user: socket.sender, conversations: [] } }));
  });
  server.on("listening", () => console.log(`listening on ${server.address().port}`));
  process.on("SIGTERM", () => process.exit(0));
}

main();
