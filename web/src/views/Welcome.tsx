/** What is shown where no conversation is open. */
import type { VNode } from "preact";
import { plural, t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";
import { show } from "../state/dialogs.ts";
import { nameOf, titleOf } from "../state/names.ts";
import { type Chat, unreadOf } from "../sync/chat.ts";
import { BackHome } from "./BackHome.tsx";

export function Welcome({ chat, onFind }: { chat: Chat; onFind: () => void }): VNode {
  return (
    <div class="welcome">
      <h1>{t("welcome.title", { name: nameOf(chat.me.value) })}</h1>
      <p>{t("welcome.text")}</p>
      <div class="welcome-actions">
        <button type="button" class="button button-primary" onClick={onFind}>
          <Icon name="compass" size={18} />
          {t("rooms.find")}
        </button>
        <button type="button" class="button" onClick={() => show({ kind: "create" })}>
          <Icon name="plus" size={18} />
          {t("rooms.create")}
        </button>
        <button type="button" class="button" onClick={() => show({ kind: "direct" })}>
          <Icon name="people" size={18} />
          {t("direct.start")}
        </button>
      </div>
    </div>
  );
}

/** Everything that is unread, in one list. */
export function Unread({ chat }: { chat: Chat }): VNode {
  const waiting = [...chat.conversations.value.values()].filter((one) => unreadOf(one) > 0);
  return (
    <div class="page">
      <header class="page-head">
        <BackHome />
        <h1>{t("nav.unread")}</h1>
        {waiting.length > 0 && (
          <button type="button" class="button" onClick={() => readAll(chat)}>
            <Icon name="check" size={18} />
            {t("unread.all")}
          </button>
        )}
      </header>
      {waiting.length === 0 ? (
        <p class="empty">{t("unread.none")}</p>
      ) : (
        <ul class="cards">
          {waiting.map((one) => (
            <li key={one.id}>
              <a class="card" href={`/c/${one.id}`}>
                <strong>
                  {one.kind === "direct" ? "" : "#"}
                  {titleOf(one)}
                </strong>
                <span>{plural("unread", unreadOf(one))}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function readAll(chat: Chat): void {
  for (const one of chat.conversations.value.values()) chat.markRead(one.id, one.last_seq);
}
