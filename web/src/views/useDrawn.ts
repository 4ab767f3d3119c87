import { useEffect, useRef, useState } from "preact/hooks";
import { type Held, looksTheSame } from "./rows.ts";

// The others get one's words meanwhile: on a small machine they would wait for what changes no pixel.
const SETTLE_MS = 150;

/** What to draw of what is held: one's own words that have come look as before, and need not hurry. */
export function useDrawn(held: Held): Held {
  const newest = useRef(held);
  const drawn = useRef(held);
  const timer = useRef(0);
  const [, draw] = useState({});
  newest.current = held;
  if (!looksTheSame(drawn.current, held)) drawn.current = held;
  useEffect(() => {
    if (drawn.current === held || timer.current !== 0) return;
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      drawn.current = newest.current;
      draw({});
    }, SETTLE_MS);
  }, [held]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return drawn.current;
}
