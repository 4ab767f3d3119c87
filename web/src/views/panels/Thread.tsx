/** One thread: the message that it began with, and what was answered. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import { inOrder } from "../../api/inOrder.ts";
import type { Conversation, FollowedThread, Message } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Toggle } from "../../parts/Choice.tsx";
import { useRead } from "../../parts/useRead.ts";
import { sayError } from "../../state/notices.ts";
import { after, isMessageChange, subjectOf } from "../../sync/changes.ts";
import type { Chat } from "../../sync/chat.ts";
import { withPending } from "../../sync/overlay.ts";
import { Composer } from "../Composer.tsx";
import { MessageRow } from "../MessageRow.tsx";
import { PendingRow } from "../PendingRow.tsx";
import { rowsOf } from "../rows.ts";

const MAX_READ = 200;

interface Props {
  chat: Chat;
  conversation: Conversation;
  rootId: number;
}

export function Thread({ chat, conversation, rootId }: Props): VNode {
  const { id } = conversation;
  const [replies, setReplies] = useReplies(chat, id, rootId);
  const [editing, setEditing] = useState<number | null>(null);
  const end = useRef<HTMLDivElement>(null);
  const root = chat.timeline(id).value.items.find((message) => message.id === rootId);
  const pending = chat.entries.value.filter((entry) => entry.conversationId === id);
  const sends = pending.filter(
    ({ command }) => command.type === "send_message" && command.data.parent_message_id === rootId,
  );
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [replies.length, sends.length]);
  const rows = rowsOf(
    root === undefined ? replies : [root, ...replies.filter((r) => r.id !== rootId)],
    null,
  );
  return (
    <>
      <Attend rootId={rootId} />
      <div class="panel-body thread">
        <ol class="rows">
          {rows.map(({ message, isContinued }) => (
            <MessageRow
              key={message.id}
              chat={chat}
              kind={conversation.kind}
              message={withPending(message, pending)}
              parent={undefined}
              isContinued={isContinued}
              isTarget={false}
              isInThread
              isEditing={editing === message.id}
              onEdit={setEditing}
              onReply={() => document.querySelector<HTMLElement>(".panel textarea")?.focus()}
            />
          ))}
          {sends.map((entry) => (
            <PendingRow key={entry.id} chat={chat} entry={entry} />
          ))}
        </ol>
        {replies.length === 0 && sends.length === 0 && <p class="empty">{t("thread.none")}</p>}
        <div ref={end} />
      </div>
      <Composer
        chat={chat}
        conversation={conversation}
        replyTo={null}
        onReplied={() => setReplies((held) => held)}
        thread={rootId}
      />
    </>
  );
}

/** Whether one is told of what is answered here. */
function Attend({ rootId }: { rootId: number }): VNode | null {
  const path = `/api/v2/messages/${rootId}/thread`;
  const { value, set, again } = useRead<FollowedThread>(path);
  if (value === null) return null;
  const isFollowed = value.attention === "following";
  const change = (isOn: boolean): void => {
    const attention = isOn ? "following" : "muted";
    set((held) => ({ ...held, attention }));
    const put = () => call("PUT", path, { body: { attention }, key: newKey() });
    inOrder(path, put).catch((error: unknown) => {
      sayError(error);
      again();
    });
  };
  return (
    <div class="attend">
      <Toggle label={t("thread.follow")} isOn={isFollowed} onChange={change} />
    </div>
  );
}

type SetReplies = (change: (held: readonly Message[]) => readonly Message[]) => void;

function useReplies(chat: Chat, id: string, rootId: number): [readonly Message[], SetReplies] {
  const [replies, setReplies] = useState<readonly Message[]>([]);
  useEffect(() => {
    chat
      .history(id, { limit: MAX_READ, parent_message_id: rootId })
      .then(({ items }) => setReplies((held) => merged(items, held)))
      .catch(sayError);
    return chat.news.subscribe((event) => {
      if (event === null) return;
      if (event.type === "message" && event.data.parent_message_id === rootId) {
        setReplies((held) => merged(held, [event.data]));
      } else if (isMessageChange(event)) {
        const subject = subjectOf(event);
        setReplies((held) =>
          held.map((one) => (one.id === subject ? after(one, event, chat.me.peek().id) : one)),
        );
      }
    });
  }, [chat, id, rootId]);
  return [replies, setReplies];
}

function merged(older: readonly Message[], newer: readonly Message[]): Message[] {
  const byId = new Map([...older, ...newer].map((message) => [message.id, message]));
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}
