/** How long a message may be on this server: asked for by who writes at length, as nobody tells. */
import { signal } from "@preact/signals";
import { call } from "../api/http.ts";
import { asRefusal, isPassing } from "../api/refusal.ts";

const AT_FIRST = 4_000; // The server's default (limits.max_message_length), until it has been asked.
const ASKED_CHARS = 16_000; // A server that takes so many has the last word itself.
const NOBODYS = Number.MAX_SAFE_INTEGER; // No message has this number: the question changes nothing.

export const maxChars = signal(AT_FIRST);
let isAsked = false;

export async function askMaxChars(): Promise<void> {
  if (isAsked) return;
  isAsked = true;
  try {
    await call("PATCH", `/api/v2/messages/${NOBODYS}`, {
      body: { content: "?".repeat(ASKED_CHARS) },
    });
  } catch (error) {
    const { code, limit } = asRefusal(error);
    if (limit !== null) maxChars.value = limit;
    else if (code === "not_found") maxChars.value = Number.POSITIVE_INFINITY;
    else isAsked = !isPassing(error);
  }
}
