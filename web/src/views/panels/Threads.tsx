import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Conversation, FollowedThread } from "../../api/types.ts";
import { plural, t } from "../../i18n/index.ts";
import { useRead } from "../../parts/useRead.ts";
import type { Chat } from "../../sync/chat.ts";
import { openThread } from "../MessageRow.tsx";
import { MessageLinks } from "./MessageLinks.tsx";

/** The threads of a conversation, the one that was answered last first; all of them, or one's own. */
export function Threads({ chat, conversation }: { chat: Chat; conversation: Conversation }): VNode {
  const { id } = conversation;
  const [isMine, setMine] = useState(false);
  const filter = isMine ? "?followed=true" : "";
  const path = `/api/v2/conversations/${encodeURIComponent(id)}/threads${filter}`;
  const { value, error } = useRead<{ items: FollowedThread[] }>(path);
  const roots = value?.items.map((one) => one.message) ?? (error === null ? null : []);
  return (
    <MessageLinks
      chat={chat}
      messages={roots}
      none={error ?? t(isMine ? "threads.none_followed" : "threads.none")}
      onOpen={(message) => openThread(id, message.id)}
      remark={(message) => plural("replies", message.reply_count)}
    >
      <label class="check">
        <input
          type="checkbox"
          checked={isMine}
          onChange={(event) => setMine(event.currentTarget.checked)}
        />
        {t("threads.followed")}
      </label>
    </MessageLinks>
  );
}
