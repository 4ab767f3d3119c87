import type { ComponentChildren, VNode } from "preact";
import type { Message } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { excerptOf } from "../../state/excerpts.ts";
import { senderName } from "../../state/names.ts";
import { go } from "../../state/route.ts";
import type { Chat } from "../../sync/chat.ts";

interface Props {
  chat: Chat;
  /** Null while they are read. */
  messages: readonly Message[] | null;
  none: string;
  onOpen?: (message: Message) => void;
  remark?: (message: Message) => string;
  /** What stands above the list. */
  children?: ComponentChildren;
}

/** A list of messages that lead to where they stand. */
export function MessageLinks(props: Props): VNode {
  const { chat, messages, none, onOpen, remark } = props;
  const open = onOpen ?? ((message) => go(`/c/${message.conversation_id}/${message.seq}`));
  return (
    <div class="panel-body">
      {props.children}
      {messages === null && <p class="loading">{t("loading")}</p>}
      {messages?.length === 0 && <p class="empty">{none}</p>}
      <ul class="results">
        {messages?.map((message) => (
          <li key={message.id}>
            <button type="button" class="result found" onClick={() => open(message)}>
              <span class="result-text">
                <span>
                  <strong>{senderName(chat, message.sender)}</strong>{" "}
                  <small>{shortMomentOf(message.created_at)}</small>
                </span>
                <span class="snippet">{excerptOf(message)}</span>
                {remark && <small>{remark(message)}</small>}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
