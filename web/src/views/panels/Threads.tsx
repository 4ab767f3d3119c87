import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../../api/http.ts";
import type { Conversation, Message } from "../../api/types.ts";
import { plural, t } from "../../i18n/index.ts";
import { sayError } from "../../state/notices.ts";
import type { Chat } from "../../sync/chat.ts";
import { openThread } from "../MessageRow.tsx";
import { MessageLinks } from "./MessageLinks.tsx";

/** The threads of a conversation, the one that was answered last first. */
export function Threads({ chat, conversation }: { chat: Chat; conversation: Conversation }): VNode {
  const { id } = conversation;
  const [roots, setRoots] = useState<readonly Message[] | null>(null);
  useEffect(() => {
    const path = `/api/v2/conversations/${encodeURIComponent(id)}/threads`;
    call<{ items: (Message | { message: Message })[] }>("GET", path)
      .then(({ items }) => setRoots(items.map((one) => ("message" in one ? one.message : one))))
      .catch(sayError);
  }, [id]);
  return (
    <MessageLinks
      chat={chat}
      messages={roots}
      none={t("threads.none")}
      onOpen={(message) => openThread(id, message.id)}
      remark={(message) => plural("replies", message.reply_count)}
    />
  );
}
