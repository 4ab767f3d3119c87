/** When to come back after a socket has closed: rules, without a socket. */

export type Return = "again" | "after-login" | "never";

const FIRST_MS = 500;
const LONGEST_MS = 20_000; // As long as somebody looks at a page that says "offline".

/** Say what a close code asks for (docs/codes.md). */
export function returnAfter(code: number): Return {
  if (code === 4401) return "after-login";
  return code === 4403 ? "never" : "again";
}

/**
 * How long to wait before try number `attempt` (from 0), in milliseconds. A random part of a growing
 * time: whom one restart has cut off, they all come back.
 */
export function waitBefore(attempt: number, chance: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(most * (0.3 + 0.7 * chance));
}
