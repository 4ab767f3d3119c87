/** What is the user's own and lies on the server: read after each greeting, kept in step by events. */
import type { ServerEvent } from "../api/types.ts";
import { readBlocks } from "./blocks.ts";
import { hearDraft, syncDrafts } from "./drafts.ts";
import { hearPreference, syncPreferences } from "./preferences.ts";
import { readRights } from "./rights.ts";

/** A server of another version may have none of them: each is then as if empty. */
export function syncOwn(user: number): void {
  for (const done of [syncDrafts(user), syncPreferences(), readBlocks(), readRights()]) {
    done.catch(() => {});
  }
}

export function hearOwn(user: number, event: ServerEvent): void {
  if (event.type === "draft") hearDraft(user, event.data);
  else if (event.type === "preference") hearPreference(event.data);
}
