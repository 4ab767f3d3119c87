// Two people talk over Phoenix Channels by the clients as they are published: Ada by the current
// one (serializer V2), Bob by one of 2016 (serializer V1). Writes what they saw to standard output.
import { createRequire } from "node:module";
import { Presence, Socket } from "phoenix";

const { Socket: OldSocket } = createRequire(import.meta.url)("phoenix-v1");
const { url, ada, bob, room, direct } = JSON.parse(process.argv[2]);
const saw = { old: [], fresh: [], waited: [], replies: [], people: [], joins: [], leaves: [] };

const until = (condition) =>
  new Promise((resolve, reject) => {
    const started = Date.now();
    const look = () => {
      if (condition()) resolve();
      else if (Date.now() - started > 20_000) reject(new Error(`waited for ${condition}`));
      else setTimeout(look, 10);
    };
    look();
  });
const answered = (push) =>
  new Promise((resolve, reject) => {
    push
      .receive("ok", resolve)
      .receive("error", (reason) => reject(new Error(JSON.stringify(reason))))
      .receive("timeout", () => reject(new Error("no answer")));
  });

const fresh = new Socket(url, { params: { token: ada.token }, reconnectAfterMs: () => 50,
  rejoinAfterMs: () => 50 });
const old = new OldSocket(url, { params: { token: bob.token }, transport: WebSocket });
fresh.connect();
old.connect();

// What waited, on one's own channel.
const own = fresh.channel(`user:${ada.id}`);
own.on("new_message", (message) => saw.waited.push(message.content));
await answered(own.join());

// The room. What is held goes along with each join, the first and those after a lost connection.
let held = 0;
const channel = fresh.channel(`conversation:${room}`, () => ({ last_seq: held }));
const take = (message) => {
  saw.fresh.push([message.seq, message.content]);
  held = Math.max(held, message.seq);
};
channel.on("new_message", take);
const presence = new Presence(channel);
presence.onJoin((id) => saw.joins.push(id));
presence.onLeave((id, current) => saw.leaves.push([id, current.metas.length]));
channel.join().receive("ok", ({ messages }) => messages.forEach(take));
await until(() => channel.state === "joined");

const oldChannel = old.channel(`conversation:${room}`, {});
oldChannel.on("new_message", (message) => saw.old.push([message.seq, message.content]));
await answered(oldChannel.join());

saw.replies.push((await answered(channel.push("new_message", { content: "from ada" }))).seq);
saw.replies.push((await answered(oldChannel.push("new_message", { content: "from bob" }))).seq);
await until(() => saw.old.length === 2 && saw.fresh.length === 2);
await until(() => presence.list().length === 2);
saw.people = presence.list((id) => id).sort();

// The connection is lost; meanwhile Bob goes on.
fresh.conn.close();
await until(() => channel.state !== "joined");
await answered(oldChannel.push("new_message", { content: "while she was away" }));
await until(() => saw.fresh.length === 3);
await answered(oldChannel.push("new_message", { content: "and now" }));
await until(() => saw.fresh.length === 4);

// Bob goes.
old.disconnect();
await until(() => presence.list().length === 1);
await answered(channel.leave());
saw.direct = direct;
console.log(JSON.stringify(saw));
process.exit(0);
