/** One thread: the message that it began with, and what was answered. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import { inOrder } from "../../api/inOrder.ts";
import type { Conversation, FollowedThread, Message } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Toggle } from "../../parts/Choice.tsx";
import { type Read, useRead } from "../../parts/useRead.ts";
import { placeOf } from "../../state/drafts.ts";
import { sayError } from "../../state/notices.ts";
import { link } from "../../state/session.ts";
import { after, isMessageChange, subjectOf } from "../../sync/changes.ts";
import type { Chat } from "../../sync/chat.ts";
import { withPending } from "../../sync/overlay.ts";
import { Composer } from "../Composer.tsx";
import { MessageRow } from "../MessageRow.tsx";
import { PendingRow } from "../PendingRow.tsx";
import { rowsOf } from "../rows.ts";

const PAGE = 100;

interface Props {
  chat: Chat;
  conversation: Conversation;
  rootId: number;
}

export function Thread({ chat, conversation, rootId }: Props): VNode {
  const { id } = conversation;
  const about = useRead<FollowedThread>(`/api/v2/messages/${rootId}/thread`);
  const { replies, hasMore, older } = useReplies(chat, id, rootId);
  const [editing, setEditing] = useState<number | null>(null);
  const end = useRef<HTMLDivElement>(null);
  const root = useRoot(chat, id, rootId, about.value?.message);
  const pending = chat.entries.value.filter((entry) => entry.conversationId === id);
  const sends = pending.filter(
    ({ command }) => command.type === "send_message" && command.data.parent_message_id === rootId,
  );
  const last = replies.at(-1)?.id;
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [last, sends.length]);
  const rows = (messages: readonly Message[]) =>
    rowsOf(messages, null).map(({ message, isContinued }) => (
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
    ));
  return (
    <>
      <Attend about={about} />
      <div class="panel-body thread">
        <ol class="rows root">{root !== undefined && rows([root])}</ol>
        {hasMore && (
          <button type="button" class="link-button older" onClick={older}>
            {t("thread.older")}
          </button>
        )}
        <ol class="rows">
          {rows(replies)}
          {sends.map((entry, n) => (
            <PendingRow
              key={entry.id}
              chat={chat}
              entry={entry}
              place={placeOf(id, rootId)}
              before={sends[n - 1] ?? replies.at(-1)}
            />
          ))}
        </ol>
        {replies.length === 0 && sends.length === 0 && <p class="empty">{t("thread.none")}</p>}
        <div ref={end} />
      </div>
      <Composer
        chat={chat}
        conversation={conversation}
        replyTo={null}
        onReplied={() => {}}
        thread={rootId}
      />
    </>
  );
}

/** Whether one is told of what is answered here. */
function Attend({ about }: { about: Read<FollowedThread> }): VNode | null {
  const { value, set, again } = about;
  if (value === null) return null;
  const path = `/api/v2/messages/${value.message.id}/thread`;
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
      <Toggle label={t("thread.follow")} isOn={value.attention === "following"} onChange={change} />
    </div>
  );
}

/** The message it began with: as the conversation holds it, else as it was read and has changed since. */
function useRoot(
  chat: Chat,
  id: string,
  rootId: number,
  read: Message | undefined,
): Message | undefined {
  const held = chat.timeline(id).value.items.find((message) => message.id === rootId);
  const [changed, setChanged] = useState(read);
  useEffect(() => setChanged(read), [read]);
  useEffect(
    () =>
      chat.news.subscribe((event) => {
        if (event === null || !isMessageChange(event) || subjectOf(event) !== rootId) return;
        setChanged((now) => now && after(now, event, chat.me.peek().id));
      }),
    [chat, rootId],
  );
  return held ?? changed;
}

interface Replies {
  replies: readonly Message[];
  hasMore: boolean;
  older: () => void;
}

function useReplies(chat: Chat, id: string, rootId: number): Replies {
  const [replies, setReplies] = useState<readonly Message[]>([]);
  const [hasMore, setMore] = useState(false);
  const isOpen = link.value.state === "open";
  const read = (before?: number): Promise<void> =>
    chat
      .history(id, { limit: PAGE, parent_message_id: rootId, ...(before ? { before } : {}) })
      .then(({ items, has_more }) => {
        // After a lost line the newest page stands for all that was held: what lies between is unknown.
        const last = before ? 0 : (items.at(-1)?.seq ?? 0);
        setReplies((held) =>
          merged(
            items,
            held.filter((one) => one.seq > last),
          ),
        );
        setMore(has_more);
      })
      .catch(sayError);
  useEffect(() => {
    if (isOpen) void read();
  }, [chat, id, rootId, isOpen]);
  useEffect(
    () =>
      chat.news.subscribe((event) => {
        if (event === null) return;
        if (event.type === "message" && event.data.parent_message_id === rootId) {
          setReplies((held) => merged(held, [event.data]));
        } else if (isMessageChange(event)) {
          const subject = subjectOf(event);
          setReplies((held) =>
            held.map((one) => (one.id === subject ? after(one, event, chat.me.peek().id) : one)),
          );
        }
      }),
    [chat, id, rootId],
  );
  return { replies, hasMore, older: () => void read(replies[0]?.seq) };
}

function merged(older: readonly Message[], newer: readonly Message[]): Message[] {
  const byId = new Map([...older, ...newer].map((message) => [message.id, message]));
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}
