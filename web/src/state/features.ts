/**
 * What this server can do. Servers differ by version and by the operator's switches: each feature is
 * asked for once with a question that changes nothing, and what answers `unsupported` is not shown.
 */
import { signal } from "@preact/signals";
import { asRefusal, OFFLINE } from "../api/refusal.ts";

export type Feature = "reactions" | "pins" | "search" | "typing" | "threads" | "presence" | "files";

const UNSUPPORTED = "unsupported";

type Ask = <T>(type: string, data: unknown) => Promise<T>;

// Ids that nobody has: a server that knows the command says `invalid` or `not_found`.
const NOWHERE = { conversation_id: "room_0" };
const QUESTIONS: readonly [Feature, string, object][] = [
  ["reactions", "add_reaction", { message_id: 0, emoji: "" }],
  ["pins", "pin_message", { message_id: 0, pinned: true }],
  ["search", "search_messages", { query: "", limit: 1 }],
  ["typing", "typing", { conversation_id: "room_0", typing: false }],
  ["threads", "history", { conversation_id: "room_0", parent_message_id: 1 }],
  // A file needs no words beside it: who knows that looks for the room next.
  ["files", "send_message", { ...NOWHERE, content: "", message_type: "file", file_ids: [1] }],
  ["presence", "set_presence", { status: "" }],
];

export const features = signal<ReadonlySet<Feature>>(new Set());
let areKnown = false;

export function has(feature: Feature): boolean {
  return features.value.has(feature);
}

export async function probeFeatures(ask: Ask): Promise<void> {
  if (areKnown) return;
  const answers = await Promise.all(
    QUESTIONS.map(
      async ([feature, type, data]) => [feature, await codeOf(ask(type, data))] as const,
    ),
  );
  if (answers.some(([, code]) => code === OFFLINE)) return; // At the next greeting, then.
  areKnown = true;
  features.value = new Set(
    answers
      .filter(([feature, code]) =>
        feature === "files" ? code === "not_found" : code !== UNSUPPORTED,
      )
      .map(([feature]) => feature),
  );
}

async function codeOf(answer: Promise<unknown>): Promise<string | null> {
  try {
    await answer;
    return null;
  } catch (error) {
    return asRefusal(error).code;
  }
}
