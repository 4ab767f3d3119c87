/** What is written and not sent, on this device. */

const key = (user: number, place: string): string => `causerie.draft.${user}.${place}`;

export function readDraft(user: number, place: string): string {
  return localStorage.getItem(key(user, place)) ?? "";
}

export function keepDraft(user: number, place: string, text: string): void {
  try {
    if (text === "") localStorage.removeItem(key(user, place));
    else localStorage.setItem(key(user, place), text);
  } catch {
    // Full or forbidden: the draft lives as long as this page does.
  }
}
