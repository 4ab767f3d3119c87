// Follows all conversations of a bot by gRPC, through restarts of the server, and answers "ping".
//
//     npm ci
//     CAUSERIE_KEY=causerie_... node follow.mjs 127.0.0.1:9090 positions.json ../../../proto
//
// The messages are read from the folder of .proto files, without generated code. What was seen is
// kept in the file; an answer has the id of its message for a key, so that it is sent once.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const CALL_MS = 10_000;
// The same again would end the same way.
const FOR_GOOD = new Set([
  grpc.status.UNAUTHENTICATED,
  grpc.status.PERMISSION_DENIED,
  grpc.status.UNIMPLEMENTED,
  grpc.status.INVALID_ARGUMENT,
]);

const [address, file, protos] = process.argv.slice(2);
const { v1 } = grpc.loadPackageDefinition(
  loader.loadSync(["causerie/v1/events.proto", "causerie/v1/messages.proto"], {
    includeDirs: [protos],
    keepCase: true,
    longs: Number,
    enums: String,
    oneofs: true,
    arrays: true,
    defaults: true,
  }),
).causerie;

const metadata = new grpc.Metadata();
metadata.set("authorization", `Bearer ${process.env.CAUSERIE_KEY}`);
const credentials = grpc.credentials.createInsecure();
const options = { "grpc.max_reconnect_backoff_ms": LONGEST_PAUSE_MS };
const events = new v1.EventService(address, credentials, options);
const messages = new v1.MessageService(address, credentials, options);

const held = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};

function save() {
  writeFileSync(`${file}.new`, JSON.stringify(held));
  renameSync(`${file}.new`, file);
}

function begin(opened) {
  const afresh = new Set(opened.resumed.filter((r) => r.reset).map((r) => r.conversation_id));
  for (const { id, last_seq: seq, rev } of opened.conversations) {
    if (afresh.has(id) || !(id in held)) held[id] = { seq, rev };
  }
}

function answer(message) {
  console.log(message.conversation_id, message.seq, message.content);
  if (message.content !== "ping") return Promise.resolve();
  const pong = {
    conversation_id: message.conversation_id,
    content: `pong ${message.seq}`,
    client_id: `pong-${message.id}`,
  };
  const deadline = Date.now() + CALL_MS;
  return new Promise((done, fail) => {
    messages.SendMessage(pong, metadata, { deadline }, (error) => (error ? fail(error) : done()));
  });
}

async function hear(event) {
  const data = event[event.data];
  if (event.type === "opened") {
    begin(data);
    console.log("following", data.conversations.length);
  } else if (event.type === "conversation_created") {
    held[data.id] ??= { seq: data.last_seq, rev: data.rev };
  } else if (event.type === "message") {
    await answer(data);
  }
  const place = held[data.conversation_id];
  if (place && event.type === "message") place.seq = data.seq;
  else if (place && data.rev) place.rev = data.rev;
}

/** One stream, until it ends; says whether it had opened. */
async function follow() {
  const positions = Object.entries(held).map(([conversation_id, at]) => ({ conversation_id, ...at }));
  const stream = events.StreamEvents({ positions }, metadata);
  let isOpen = false;
  try {
    for await (const response of stream) {
      for (const event of response.events) await hear(event);
      save();
      isOpen = true;
    }
  } catch (error) {
    if (FOR_GOOD.has(error.code)) throw error;
    console.log("interrupted", grpc.status[error.code] ?? error);
  }
  return isOpen;
}

for (let longest = FIRST_PAUSE_MS; ; ) {
  longest = (await follow()) ? FIRST_PAUSE_MS : Math.min(2 * longest, LONGEST_PAUSE_MS);
  await pause(longest * (0.5 + Math.random() / 2));
}
