/** Questions before what cannot be taken back. */
import type { VNode } from "preact";
import { call, newKey } from "../../api/http.ts";
import type { Conversation, Message } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { archive } from "../../state/archive.ts";
import { titleOf } from "../../state/names.ts";
import { go } from "../../state/route.ts";
import type { Chat } from "../../sync/chat.ts";
import { Markdown } from "../../text/Markdown.tsx";

interface DeleteProps {
  chat: Chat;
  message: Message;
  onClose: () => void;
}

export function Delete({ chat, message, onClose }: DeleteProps): VNode {
  const remove = (): void => {
    const data = { message_id: message.id };
    chat.perform(message.conversation_id, { type: "delete_message", data });
    onClose();
  };
  return (
    <Dialog title={t("delete.title")} onClose={onClose}>
      <p>{t("delete.text")}</p>
      <blockquote class="quoted">
        <Markdown source={message.content} own={chat.me.value.username} />
      </blockquote>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          {t("cancel")}
        </button>
        <button type="button" class="button button-danger" onClick={remove}>
          {t("message.delete")}
        </button>
      </footer>
    </Dialog>
  );
}

export function Leave({ room, onClose }: { room: Conversation; onClose: () => void }): VNode {
  const form = useSubmit(async () => {
    await call("POST", `/api/v2/conversations/${room.id}/leave`, { key: newKey() });
    onClose();
    go("/");
  });
  return (
    <Dialog title={t("room.leave")} onClose={onClose}>
      <form onSubmit={form.submit}>
        <p>{t("leave.text", { name: titleOf(room) })}</p>
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button button-danger" disabled={form.isBusy}>
            {t("room.leave")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ArchiveProps {
  chat: Chat;
  room: Conversation;
  onClose: () => void;
}

export function Archive({ chat, room, onClose }: ArchiveProps): VNode {
  const form = useSubmit(async () => {
    await archive(chat, room.id, true);
    onClose();
  });
  return (
    <Dialog title={t("room.archive")} onClose={onClose}>
      <form onSubmit={form.submit}>
        <p>{t("archive.text", { name: titleOf(room) })}</p>
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button button-danger" disabled={form.isBusy}>
            {t("room.archive")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
