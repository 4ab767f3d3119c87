/**
 * What this server can do. Servers differ by version and by the operator's switches: each feature is
 * asked for once with a question that changes nothing, and what answers `unsupported` is not shown.
 */
import { signal } from "@preact/signals";
import { call } from "../api/http.ts";
import { asRefusal, OFFLINE } from "../api/refusal.ts";

export type Feature = "reactions" | "pins" | "search" | "typing" | "threads" | "presence" | "files";

const UNSUPPORTED = "unsupported";

type Ask = <T>(type: string, data: unknown) => Promise<T>;

// Ids that nobody has: a server that knows the command says `invalid` or `not_found`.
const QUESTIONS: readonly [Feature, string, object][] = [
  ["reactions", "add_reaction", { message_id: 0, emoji: "" }],
  ["pins", "pin_message", { message_id: 0, pinned: true }],
  ["search", "search_messages", { query: "", limit: 1 }],
  ["typing", "typing", { conversation_id: "room_0", typing: false }],
  ["threads", "history", { conversation_id: "room_0", parent_message_id: 1 }],
  ["presence", "set_presence", { status: "" }],
];

const KEY = "causerie.features";

/** What was found last, until this server has been asked: it may be out of reach for a while. */
export const features = signal<ReadonlySet<Feature>>(new Set(remembered()));
let areKnown = false;

export function has(feature: Feature): boolean {
  return features.value.has(feature);
}

export async function probeFeatures(ask: Ask): Promise<void> {
  if (areKnown) return;
  const asked = QUESTIONS.map(async ([feature, type, data]) => {
    return [feature, await codeOf(ask(type, data))] as const;
  });
  const [canAttach, ...answers] = await Promise.all([codeOf(askToAttach()), ...asked]);
  // At the next greeting, then.
  if (canAttach === OFFLINE || answers.some(([, code]) => code === OFFLINE)) return;
  areKnown = true;
  const found = answers.filter(([, code]) => code !== UNSUPPORTED).map(([feature]) => feature);
  features.value = new Set(canAttach === "not_found" ? [...found, "files"] : found);
  localStorage.setItem(KEY, JSON.stringify([...features.value]));
}

function remembered(): Feature[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Feature[];
  } catch {
    return [];
  }
}

/** Bodies with fields that a server does not know are `invalid`; one that does misses the room. */
function askToAttach(): Promise<unknown> {
  const body = { content: "?", message_type: "file", file_ids: [1] };
  return call("POST", "/api/v2/conversations/room_0/messages", { body });
}

async function codeOf(answer: Promise<unknown>): Promise<string | null> {
  try {
    await answer;
    return null;
  } catch (error) {
    return asRefusal(error).code;
  }
}
