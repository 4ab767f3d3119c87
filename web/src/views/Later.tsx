/** What the user has to be sent later, of all conversations. */
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { call, newKey } from "../api/http.ts";
import { Refusal } from "../api/refusal.ts";
import type { Scheduled } from "../api/types.ts";
import { shortMomentOf } from "../i18n/dates.ts";
import { t } from "../i18n/index.ts";
import { useRead } from "../parts/useRead.ts";
import { show } from "../state/dialogs.ts";
import { titleOf } from "../state/names.ts";
import { sayError, wordsFor } from "../state/notices.ts";
import type { Chat } from "../sync/chat.ts";
import { BackHome } from "./BackHome.tsx";

export default function Later({ chat }: { chat: Chat }): VNode {
  const { value, error, again } = useRead<{ items: Scheduled[] }>("/api/v2/scheduled-messages");
  useEffect(
    () =>
      chat.news.subscribe((event) => {
        if (event?.type === "scheduled_message") again();
      }),
    [chat],
  );
  const shown = value?.items.filter((one) => one.status === "waiting" || one.status === "refused");
  const cancel = (one: Scheduled): void => {
    call("DELETE", `/api/v2/scheduled-messages/${one.id}`, { key: newKey() })
      .then(again)
      .catch(sayError);
  };
  return (
    <div class="page">
      <header class="page-head">
        <BackHome />
        <h1>{t("nav.later")}</h1>
      </header>
      {value === null && <p class="loading">{error ?? t("loading")}</p>}
      {shown?.length === 0 && <p class="empty">{t("later.none")}</p>}
      <ul class="cards">
        {shown?.map((one) => (
          <li key={one.id} class="card card-report">
            <p>
              <a href={`/c/${one.conversation_id}`}>{nameIn(chat, one.conversation_id)}</a>
              <small> · {t("later.when", { time: shortMomentOf(one.send_at) })}</small>
            </p>
            <p class="message-text">{one.content}</p>
            {one.refusal !== null && (
              <p class="form-error">
                {t("message.refused", {
                  why: wordsFor(new Refusal(one.refusal.code, one.refusal.message)),
                })}
              </p>
            )}
            <p class="card-actions">
              {one.status === "waiting" && (
                <button
                  type="button"
                  class="button"
                  onClick={() => show({ kind: "change-later", scheduled: one })}
                >
                  {t("message.edit")}
                </button>
              )}
              <button type="button" class="button button-danger" onClick={() => cancel(one)}>
                {t("later.cancel")}
              </button>
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}

function nameIn(chat: Chat, id: string): string {
  const conversation = chat.conversations.value.get(id);
  if (conversation === undefined) return t("conversation.nameless");
  return (conversation.kind === "direct" ? "" : "#") + titleOf(conversation);
}
