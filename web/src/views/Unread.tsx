/** Everything that is unread, in one list: conversations, calls by name, and the threads one follows. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../api/http.ts";
import type { AllUnread, Conversation, FollowedThread, Message } from "../api/types.ts";
import { plural, t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon } from "../parts/Icon.tsx";
import { useRead } from "../parts/useRead.ts";
import { excerptOf } from "../state/excerpts.ts";
import { nameOf, senderName, titleOf } from "../state/names.ts";
import { panel } from "../state/panel.ts";
import { go } from "../state/route.ts";
import { type Chat, unreadOf } from "../sync/chat.ts";
import { BackHome } from "./BackHome.tsx";

const MAX_THREADS = 20; // Each is read by itself; a page of them is enough to begin with.

type Found = AllUnread["items"][number];

export default function Unread({ chat }: { chat: Chat }): VNode {
  const found = useRead<AllUnread>("/api/v2/unread");
  const waiting = [...chat.conversations.value.values()].filter((one) => unreadOf(one) > 0);
  const byId = new Map(found.value?.items.map((one) => [one.conversation_id, one]));
  return (
    <div class="page">
      <header class="page-head">
        <BackHome />
        <h1>{t("nav.unread")}</h1>
        {waiting.length > 0 && (
          <button type="button" class="button" onClick={() => readAll(chat)}>
            <Icon name="check" size={18} />
            {t("unread.all")}
          </button>
        )}
      </header>
      {waiting.length === 0 && <p class="empty">{t("unread.none")}</p>}
      <ul class="cards">
        {waiting.map((one) => (
          <li key={one.id}>
            <Waiting conversation={one} mentions={byId.get(one.id)?.mentions ?? 0} />
          </li>
        ))}
      </ul>
      <Threads chat={chat} items={found.value?.items ?? []} />
    </div>
  );
}

function Waiting(props: { conversation: Conversation; mentions: number }): VNode {
  const { conversation, mentions } = props;
  const peer = conversation.kind === "direct" ? conversation.peer : null;
  return (
    <a class="card" href={`/c/${conversation.id}`}>
      {peer ? (
        <Avatar id={peer.id} name={nameOf(peer)} size="small" withPresence />
      ) : (
        <Icon name={conversation.visibility === "private" ? "lock" : "hash"} size={18} />
      )}
      <strong class="result-text">{titleOf(conversation)}</strong>
      {mentions > 0 && <span class="tag tag-strong">{plural("mentions", mentions)}</span>}
      <span>{plural("unread", unreadOf(conversation))}</span>
    </a>
  );
}

interface Unseen {
  message: Message;
  unread: number;
}

function Threads({ chat, items }: { chat: Chat; items: readonly Found[] }): VNode | null {
  const [threads, setThreads] = useState<readonly Unseen[]>([]);
  useEffect(() => {
    const wanted = items.flatMap((one) => one.threads).filter((one) => one.unread > 0);
    const reading = wanted.slice(0, MAX_THREADS).map(async ({ message_id, unread }) => {
      const thread = await call<FollowedThread>("GET", `/api/v2/messages/${message_id}/thread`);
      return { message: thread.message, unread };
    });
    Promise.all(reading).then(setThreads, () => {});
  }, [items]);
  if (threads.length === 0) return null;
  return (
    <section>
      <h2>{t("unread.threads")}</h2>
      <ul class="cards">
        {threads.map(({ message, unread }) => (
          <li key={message.id}>
            <button type="button" class="card" onClick={() => open(message)}>
              <Icon name="thread" size={18} />
              <span class="result-text">
                <strong>{senderName(chat, message.sender)}</strong>
                <span class="excerpt">{excerptOf(message)}</span>
              </span>
              <span>{plural("unread", unread)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function open(message: Message): void {
  go(`/c/${message.conversation_id}/${message.seq}`);
  // The conversation closes what was open before; its thread opens after that.
  requestAnimationFrame(() => {
    panel.value = {
      kind: "thread",
      conversationId: message.conversation_id,
      rootId: message.id,
    };
  });
}

function readAll(chat: Chat): void {
  for (const one of chat.conversations.value.values()) chat.markRead(one.id, one.last_seq);
}
