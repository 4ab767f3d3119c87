/** What opens from a button: where it stands, where the focus goes, and what closes it. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const GAP_PX = 4;
const EDGE_PX = 8; // Between what is open and the end of the window.

export interface Popup {
  isOpen: boolean;
  /** Open it, or close it and give the focus back. */
  show: (isOpen: boolean) => void;
  root: RefObject<HTMLDivElement | null>;
  button: RefObject<HTMLButtonElement | null>;
}

/** `items` selects what one chooses from, and what shall stand in its place is `.menu-items`. */
export function usePopup(items: string, onOpen?: (isOpen: boolean) => void): Popup {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const show = (open: boolean): void => {
    setOpen(open);
    onOpen?.(open);
    if (!open) button.current?.focus();
  };
  useLayoutEffect(() => {
    if (!isOpen) return;
    const place = (): void => {
      const popup = root.current?.querySelector<HTMLElement>(".menu-items");
      if (popup && button.current) stand(popup, button.current.getBoundingClientRect());
    };
    place();
    root.current?.querySelector<HTMLElement>(items)?.focus({ preventScroll: true });
    // It goes with its button where a message comes in, or the window changes.
    addEventListener("scroll", place, { capture: true, passive: true });
    addEventListener("resize", place);
    return () => {
      removeEventListener("scroll", place, { capture: true });
      removeEventListener("resize", place);
    };
  }, [isOpen, items]);
  useEffect(() => {
    if (!isOpen) return;
    const elsewhere = (event: Event): void => {
      if (root.current?.contains(event.target as Node)) return;
      setOpen(false);
      onOpen?.(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [isOpen, onOpen]);
  return { isOpen, show, root, button };
}

/** Below its button, or above where there is more room; never beyond the window. */
function stand(popup: HTMLElement, button: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = popup;
  const below = innerHeight - button.bottom;
  const isBelow = below >= height + GAP_PX + EDGE_PX || below >= button.top;
  const top = isBelow ? button.bottom + GAP_PX : button.top - GAP_PX - height;
  popup.style.top = `${within(top, innerHeight - height)}px`;
  popup.style.left = `${within(button.right - width, innerWidth - width)}px`;
}

function within(at: number, most: number): number {
  return Math.max(EDGE_PX, Math.min(at, most - EDGE_PX));
}
