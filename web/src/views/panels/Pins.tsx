import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../../api/http.ts";
import type { Conversation, Message } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { sayError } from "../../state/notices.ts";
import type { Chat } from "../../sync/chat.ts";
import { MessageLinks } from "./MessageLinks.tsx";

/** What is pinned, the latest first; read anew when that changes. */
export function Pins({ chat, conversation }: { chat: Chat; conversation: Conversation }): VNode {
  const { id } = conversation;
  const [pinned, setPinned] = useState<readonly Message[] | null>(null);
  useEffect(() => {
    const read = () => {
      call<{ items: (Message | { message: Message })[] }>(
        "GET",
        `/api/v2/conversations/${encodeURIComponent(id)}/pins`,
      )
        .then(({ items }) => setPinned(items.map((one) => ("message" in one ? one.message : one))))
        .catch(sayError);
    };
    read();
    return chat.news.subscribe((event) => {
      if (event?.type === "message_pinned" && event.data.conversation_id === id) read();
    });
  }, [chat, id]);
  return <MessageLinks chat={chat} messages={pinned} none={t("pins.none")} />;
}
