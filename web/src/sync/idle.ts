const WITHIN_MS = 1_000;

/** Work after what one waits to see; at once in a browser that does not tell (Safari). */
export function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(work, { timeout: WITHIN_MS });
  else work();
}
