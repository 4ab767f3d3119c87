import { useEffect } from "preact/hooks";
import { askMaxChars, maxChars } from "../state/limits.ts";

const AT_LENGTH = 400; // Who writes more may come to the end.

/** How many characters more a message may have; below zero it is too long. */
export function useLeft(text: string): number {
  const isLong = text.length > AT_LENGTH;
  useEffect(() => {
    if (isLong) void askMaxChars();
  }, [isLong]);
  return maxChars.value - [...text].length;
}
