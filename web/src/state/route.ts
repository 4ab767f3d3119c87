/** Where in the page one is, kept in the address, so that back and links work. */
import { computed, signal } from "@preact/signals";

export type Route =
  | { view: "home" }
  | { view: "conversation"; id: string; seq: number | null }
  | { view: "settings"; tab: string }
  | { view: "moderation"; tab: string | null }
  | { view: "later" }
  | { view: "unread" };

const path = signal(location.pathname);

export const route = computed<Route>(() => parsePath(path.value));

export function parsePath(text: string): Route {
  const [, first, second, third] = text.split("/");
  if (first === "c" && second) {
    const seq = Number(third);
    return {
      view: "conversation",
      id: second,
      seq: Number.isSafeInteger(seq) && seq > 0 ? seq : null,
    };
  }
  if (first === "oidc") return { view: "settings", tab: "security" }; // With a login to link.
  if (first === "settings") return { view: "settings", tab: second || "profile" };
  if (first === "moderation") return { view: "moderation", tab: second || null };
  if (first === "later") return { view: "later" };
  if (first === "unread") return { view: "unread" };
  return { view: "home" };
}

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (to === location.pathname) return;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  path.value = location.pathname;
}

addEventListener("popstate", () => {
  path.value = location.pathname;
});

/** Follow a link within the page without loading it anew. */
export function follow(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  const link = (event.target as Element).closest("a");
  if (!isPlain || link === null || link.target !== "" || link.origin !== location.origin) return;
  if (link.hasAttribute("download")) return;
  event.preventDefault();
  go(link.pathname);
}
