/** The frame of the chat: the list on the left, what one looks at, and the keys that move in it. */
import type { VNode } from "preact";
import { lazy, Suspense } from "preact/compat";
import { useEffect } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { hide, show, shown } from "../state/dialogs.ts";
import { titleOf } from "../state/names.ts";
import { keepTitle } from "../state/notifications.ts";
import { follow, route } from "../state/route.ts";
import { bringsFiles } from "../state/uploads.ts";
import type { Chat } from "../sync/chat.ts";
import { ConversationView } from "./ConversationView.tsx";
import { LinkBanner } from "./LinkBanner.tsx";
import { Sidebar } from "./Sidebar.tsx";
import { listenForKeys } from "./shortcuts.ts";
import { Welcome } from "./Welcome.tsx";

const Settings = lazy(() => import("./settings/Settings.tsx"));
const Moderation = lazy(() => import("./moderation/Moderation.tsx"));
const Later = lazy(() => import("./Later.tsx"));
const Unread = lazy(() => import("./Unread.tsx"));
const Dialogs = lazy(() => import("./dialogs/Dialogs.tsx"));

export function Shell({ chat }: { chat: Chat }): VNode {
  useEffect(() => listenForKeys(chat), [chat]);
  useEffect(() => {
    addEventListener("popstate", hide); // A dialog belongs to the view that it was opened in.
    return () => removeEventListener("popstate", hide);
  }, []);
  useEffect(
    () =>
      keepTitle(
        () => pageTitle(chat),
        () => chat.unread.value,
      ),
    [chat],
  );
  const place = route.value;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: only follows links, which have keys of their own
    <div
      class={place.view === "home" ? "shell at-home" : "shell"}
      onClick={follow}
      onDragOver={stay}
      onDrop={stay}
    >
      <button type="button" class="skip" onClick={skip}>
        {t("skip")}
      </button>
      <Sidebar chat={chat} />
      <main id="main" tabIndex={-1}>
        <LinkBanner />
        <Place chat={chat} />
      </main>
      {shown.value !== null && (
        <Suspense fallback={null}>
          <Dialogs chat={chat} />
        </Suspense>
      )}
    </div>
  );
}

function Place({ chat }: { chat: Chat }): VNode {
  const place = route.value;
  switch (place.view) {
    case "conversation":
      return <ConversationView key={place.id} chat={chat} id={place.id} seq={place.seq} />;
    case "home":
      return <Welcome chat={chat} onFind={() => show({ kind: "rooms" })} />;
    default:
      return (
        <Suspense fallback={<p class="loading">{t("loading")}</p>}>
          {place.view === "settings" && <Settings chat={chat} tab={place.tab} />}
          {place.view === "moderation" && <Moderation chat={chat} tab={place.tab} />}
          {place.view === "later" && <Later chat={chat} />}
          {place.view === "unread" && <Unread chat={chat} />}
        </Suspense>
      );
  }
}

function pageTitle(chat: Chat): string {
  const place = route.value;
  const names = {
    home: null,
    settings: t("settings"),
    moderation: t("moderation"),
    later: t("nav.later"),
    unread: t("nav.unread"),
  };
  const conversation =
    place.view === "conversation" ? chat.conversations.value.get(place.id) : undefined;
  const name =
    place.view === "conversation" ? conversation && titleOf(conversation) : names[place.view];
  return name ? `${name} · Causerie` : "Causerie";
}

/** Else the browser would leave the page for a file that is let fall on it. */
function stay(event: DragEvent): void {
  if (bringsFiles(event)) event.preventDefault();
}

function skip(): void {
  document.getElementById("main")?.focus();
}
