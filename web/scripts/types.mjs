// Writes src/api/schema.d.ts: the shapes that the page uses, from a server's OpenAPI document.
//   node scripts/types.mjs http://127.0.0.1:8080 [file]
import { writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

// What the page reads and writes; what these refer to comes along.
const USED = [
  "Conversation",
  "Conversations",
  "CreateConversation",
  "UpdateConversation",
  "Members",
  "Message",
  "Page",
  "LoggedInBody",
  "TicketBody",
  "UserItems",
  "SessionItems",
  "SecondFactorBody",
  "EnrolmentBody",
  "BackupCodesBody",
  "Reports",
  "Sanctions",
  "OwnSanctions",
  "HeldFiles",
  "Reputation",
  "AllUnread",
  "Drafts",
  "Edits",
  "Reactors",
  "ScheduledList",
  "Threads",
  "Problem",
];
const REF = "#/components/schemas/";

const [base = "http://127.0.0.1:8080", file = "src/api/schema.d.ts"] = process.argv.slice(2);
const answer = await fetch(new URL("/openapi.json", base));
const document = await answer.json();
const all = document.components.schemas;
const kept = {};

function keep(name) {
  if (name in kept) return;
  if (!(name in all)) throw new Error(`The API has no shape named ${name} any more`);
  kept[name] = all[name];
  for (const [, other] of JSON.stringify(all[name]).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    keep(other);
}

for (const name of USED) keep(name.replace(REF, ""));
const sorted = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1)));
const tree = await openapiTS({
  openapi: "3.1.0",
  info: document.info,
  paths: {},
  components: { schemas: sorted },
});
const head = "// Made from the server's OpenAPI document by scripts/types.mjs; do not edit.\n\n";
await writeFile(file, head + astToString(tree));
