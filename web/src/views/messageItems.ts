/** What one may do about a message. */
import type { Conversation, Message } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import type { MenuItem } from "../parts/Menu.tsx";
import { show } from "../state/dialogs.ts";
import { has } from "../state/features.ts";
import { say } from "../state/notices.ts";
import { panel } from "../state/panel.ts";
import { isReadOnly, may, mayDelete, mayPin } from "../state/rights.ts";
import type { Chat } from "../sync/chat.ts";
import { blockItem } from "./blockItem.ts";

export function messageItems(
  chat: Chat,
  kind: Conversation["kind"],
  message: Message,
  onEdit: (id: number) => void,
): MenuItem[] {
  const me = chat.me.peek();
  const isOwn = message.sender.id === me.id;
  const id = message.conversation_id;
  const conversation = chat.conversations.peek().get(id);
  const isClosed = conversation !== undefined && isReadOnly(chat, conversation);
  const items: (MenuItem | false)[] = [
    isOwn &&
      !isClosed && {
        label: t("message.edit"),
        icon: "edit",
        act: () => onEdit(message.id),
      },
    has("threads") && {
      label: t("thread.open"),
      icon: "thread",
      act: () => {
        const rootId = message.parent_message_id ?? message.id;
        panel.value = { kind: "thread", conversationId: message.conversation_id, rootId };
      },
    },
    has("pins") &&
      mayPin(chat, id, kind) && {
        label: message.pinned ? t("message.unpin") : t("message.pin"),
        icon: "pin",
        act: () => {
          const data = { message_id: message.id, pinned: !message.pinned };
          chat.perform(message.conversation_id, { type: "pin_message", data });
        },
      },
    message.edited_at !== null && {
      label: t("edits.title"),
      icon: "history",
      act: () => show({ kind: "edits", message }),
    },
    message.reactions.length > 0 && {
      label: t("reactors.title"),
      icon: "smile",
      act: () => show({ kind: "reactors", message }),
    },
    { label: t("message.link"), icon: "link", act: () => copyLink(message) },
    !isOwn && {
      label: t("message.report"),
      icon: "flag",
      act: () => show({ kind: "report", message }),
    },
    !isOwn &&
      may("users.sanction") && {
        label: t("message.sanction"),
        icon: "shield",
        act: () =>
          show({
            kind: "sanction",
            userId: message.sender.id,
            name: message.sender.username,
            conversationId: kind === "room" ? message.conversation_id : null,
          }),
      },
    !isOwn && blockItem(message.sender),
    (isOwn || mayDelete(chat, id, kind)) && {
      label: t("message.delete"),
      icon: "trash",
      isDangerous: true,
      act: () => show({ kind: "delete", message }),
    },
  ];
  return items.filter((item) => item !== false);
}

function copyLink(message: Message): void {
  const address = new URL(`/c/${message.conversation_id}/${message.seq}`, location.href).href;
  // Only on secure pages; elsewhere the address is shown to be copied by hand.
  if (navigator.clipboard === undefined) say(address);
  else
    navigator.clipboard.writeText(address).then(
      () => say(t("message.link_copied")),
      () => say(address),
    );
}
