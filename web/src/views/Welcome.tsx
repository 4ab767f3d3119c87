/** What is shown where no conversation is open. */
import type { VNode } from "preact";
import { t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";
import { show } from "../state/dialogs.ts";
import { nameOf } from "../state/names.ts";
import { may } from "../state/rights.ts";
import type { Chat } from "../sync/chat.ts";

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
        {may("conversations.create") && (
          <button type="button" class="button" onClick={() => show({ kind: "create" })}>
            <Icon name="plus" size={18} />
            {t("rooms.create")}
          </button>
        )}
        <button type="button" class="button" onClick={() => show({ kind: "direct" })}>
          <Icon name="people" size={18} />
          {t("direct.start")}
        </button>
      </div>
    </div>
  );
}
