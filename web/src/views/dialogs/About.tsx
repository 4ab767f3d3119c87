/** About one message: what it said before, and who reacted to it how. */
import type { VNode } from "preact";
import type { Edit, Reactors as Found, Message } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { Avatar } from "../../parts/Avatar.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { useRead } from "../../parts/useRead.ts";
import { senderName } from "../../state/names.ts";
import type { Chat } from "../../sync/chat.ts";
import { Markdown } from "../../text/Markdown.tsx";

interface Props {
  chat: Chat;
  message: Message;
  onClose: () => void;
}

export function Edits({ chat, message, onClose }: Props): VNode {
  const found = useRead<{ items: Edit[] }>(`/api/v2/messages/${message.id}/edits?limit=100`);
  return (
    <Dialog title={t("edits.title")} onClose={onClose}>
      {found.value === null && <p class="loading">{found.error ?? t("loading")}</p>}
      <ol class="edits">
        {found.value?.items.map((edit) => (
          <li key={edit.rev}>
            <small>{t("edits.until", { time: shortMomentOf(edit.edited_at) })}</small>
            <Markdown source={edit.content} own={chat.me.value.username} />
          </li>
        ))}
        {found.value !== null && (
          <li>
            <small>{t("edits.now")}</small>
            <Markdown source={message.content} own={chat.me.value.username} />
          </li>
        )}
      </ol>
    </Dialog>
  );
}

export function Reactors({ chat, message, onClose }: Props): VNode {
  const path = encodeURIComponent(message.conversation_id);
  const found = useRead<Found>(`/api/v2/messages/${message.id}/reactions?limit=100`);
  const here = useRead<{ items: { emoji: string; count: number }[] }>(
    `/api/v2/conversations/${path}/reactions?limit=8`,
  );
  return (
    <Dialog title={t("reactors.title")} onClose={onClose}>
      {found.value === null && <p class="loading">{found.error ?? t("loading")}</p>}
      <ul class="results">
        {found.value?.items.map(({ user, emojis }) => (
          <li key={user.id} class="result is-still">
            <Avatar id={user.id} name={senderName(chat, user)} size="small" />
            <span class="result-text">{senderName(chat, user)}</span>
            <span>{emojis.join(" ")}</span>
          </li>
        ))}
      </ul>
      {here.value !== null && here.value.items.length > 0 && (
        <p class="hint">
          {t("reactors.here")}{" "}
          {here.value.items.map(({ emoji, count }) => `${emoji} ${count}`).join(" · ")}
        </p>
      )}
    </Dialog>
  );
}
