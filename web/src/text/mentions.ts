/** Finds the name that is being written after an @, and who it could be. */
import type { User } from "../api/types.ts";

export interface Started {
  /** Where the @ stands. */
  at: number;
  typed: string;
}

/** What calls all of a room instead of somebody by name: those who are here, or everybody. */
export type Call = "here" | "room";

const CALLS: readonly Call[] = ["here", "room"];
const MAX_SUGGESTED = 8;

/** Give what is being written right before the caret, or null where that is no mention. */
export function startedMention(text: string, caret: number): Started | null {
  const found = /(?:^|[\s(])@([\w.-]{0,32})$/.exec(text.slice(0, caret));
  if (found === null) return null;
  const typed = found[1] ?? "";
  return { at: caret - typed.length - 1, typed };
}

/** Who it could be: names that begin so first, then those that hold it. */
export function suggested(people: readonly User[], typed: string, own: number): User[] {
  const wanted = typed.toLowerCase();
  const rank = (user: User): number => {
    const username = user.username.toLowerCase();
    const shown = user.display_name.toLowerCase();
    if (username.startsWith(wanted)) return 0;
    if (shown.startsWith(wanted)) return 1;
    return username.includes(wanted) || shown.includes(wanted) ? 2 : 3;
  };
  return people
    .filter((user) => user.id !== own && rank(user) < 3)
    .sort((a, b) => rank(a) - rank(b) || a.username.localeCompare(b.username))
    .slice(0, MAX_SUGGESTED);
}

/** Which calls it could be. */
export function suggestedCalls(typed: string): Call[] {
  return CALLS.filter((call) => call.startsWith(typed.toLowerCase()));
}

/** Put the name in the place of what was typed; gives the text and where the caret goes. */
export function completed(text: string, started: Started, username: string): [string, number] {
  const end = started.at + 1 + started.typed.length;
  const name = `@${username} `;
  return [text.slice(0, started.at) + name + text.slice(end), started.at + name.length];
}
