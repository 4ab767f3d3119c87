/** One message, and what one can do about it. */
import type { VNode } from "preact";
import { memo } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Conversation, Message } from "../api/types.ts";
import { momentOf, timeOf } from "../i18n/dates.ts";
import { plural, t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Menu } from "../parts/Menu.tsx";
import { isBlocked } from "../state/blocks.ts";
import { show } from "../state/dialogs.ts";
import { excerptOf } from "../state/excerpts.ts";
import { has } from "../state/features.ts";
import { senderName } from "../state/names.ts";
import { panel } from "../state/panel.ts";
import { isReadOnly } from "../state/rights.ts";
import type { Chat } from "../sync/chat.ts";
import { Markdown } from "../text/Markdown.tsx";
import { Attachments } from "./Attachments.tsx";
import { EditBox } from "./EditBox.tsx";
import { messageItems } from "./messageItems.ts";
import { ReactionPicker, Reactions, toggleReaction } from "./Reactions.tsx";

interface Props {
  chat: Chat;
  /** Not the conversation itself: it changes with each message, and every row with it. */
  kind: Conversation["kind"];
  message: Message;
  /** What it answers, where that is held. */
  parent: Message | undefined;
  isContinued: boolean;
  isTarget: boolean;
  isEditing: boolean;
  isInThread?: boolean;
  onEdit: (id: number | null) => void;
  onReply: (message: Message) => void;
}

export const MessageRow = memo(function MessageRow(props: Props): VNode {
  const { chat, message, isContinued, isEditing } = props;
  const name = senderName(chat, message.sender);
  const row = useRef<HTMLLIElement>(null);
  const [isReached, setReached] = useState(false);
  const [isShownAnyway, setShownAnyway] = useState(false);
  const reach = () => setReached(true);
  useEffect(() => {
    if (props.isTarget) row.current?.focus({ preventScroll: true });
  }, [props.isTarget]);
  if (message.message_type === "system") {
    return (
      <li class="message message-system" data-seq={message.seq} ref={row} tabIndex={-1}>
        {message.content}
      </li>
    );
  }
  if (isBlocked(message.sender.id) && !isShownAnyway) {
    return (
      <li class="message message-system" data-seq={message.seq} ref={row} tabIndex={-1}>
        {t("blocks.hidden")}
        <button type="button" class="link-button" onClick={() => setShownAnyway(true)}>
          {t("blocks.show")}
        </button>
      </li>
    );
  }
  const classes = ["message", isContinued && "is-continued", props.isTarget && "is-target"];
  return (
    <li
      class={classes.filter(Boolean).join(" ")}
      data-seq={message.seq}
      data-id={message.id}
      ref={row}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move between rows, and keys act on them
      tabIndex={0}
      aria-label={`${name}, ${timeOf(message.created_at)}: ${excerptOf(message)}`}
      onKeyDown={(event) => act(event, props)}
      onPointerEnter={reach}
      onFocusCapture={reach}
    >
      <div class="gutter">
        {isContinued ? (
          <time class="time" dateTime={message.created_at}>
            {timeOf(message.created_at)}
          </time>
        ) : (
          <Avatar id={message.sender.id} name={name} />
        )}
      </div>
      <div class="message-body">
        {message.parent_message_id && !props.isInThread && !isContinued && (
          <ReplyTo {...props} rootId={message.parent_message_id} />
        )}
        {!isContinued && <Byline message={message} name={name} />}
        {isEditing ? (
          <EditBox chat={chat} message={message} onDone={() => finish(props, row.current)} />
        ) : (
          <Content chat={chat} message={message} />
        )}
        <Reactions chat={chat} message={message} />
        {message.reply_count > 0 && !props.isInThread && <ThreadLink message={message} />}
      </div>
      {isReached && !message.deleted && !isEditing && <Actions {...props} />}
    </li>
  );
});

function finish(props: Props, row: HTMLElement | null): void {
  props.onEdit(null);
  const composer = document.querySelector<HTMLElement>(".conversation .composer textarea");
  (composer ?? row)?.focus();
}

function act(event: KeyboardEvent, props: Props): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey)
    return;
  const { chat, message } = props;
  const isOwn = message.sender.id === chat.me.peek().id;
  if (message.deleted) return;
  const isOpen = !isClosed(chat, message);
  if (event.key === "e" && isOwn && isOpen) {
    event.preventDefault();
    props.onEdit(message.id);
  } else if (event.key === "r" && has("threads") && isOpen) {
    event.preventDefault();
    props.onReply(message);
  } else if (event.key === "Enter") {
    event.preventDefault();
    (event.currentTarget as HTMLElement)
      .querySelector<HTMLElement>("[aria-haspopup=menu]")
      ?.click();
  }
}

/** Whether nothing may be done about it but to read it. */
function isClosed(chat: Chat, { conversation_id }: Message): boolean {
  const conversation = chat.conversations.peek().get(conversation_id);
  return conversation !== undefined && isReadOnly(chat, conversation);
}

function Byline({ message, name }: { message: Message; name: string }): VNode {
  return (
    <div class="byline">
      <strong>{name}</strong>
      <time dateTime={message.created_at} title={momentOf(message.created_at)}>
        {timeOf(message.created_at)}
      </time>
      {message.pinned && (
        <span class="pinned">
          <Icon name="pin" size={14} />
          {t("message.pinned")}
        </span>
      )}
    </div>
  );
}

function Content({ chat, message }: { chat: Chat; message: Message }): VNode {
  if (message.deleted) return <p class="tombstone">{t("message.deleted")}</p>;
  return (
    <>
      <Markdown source={message.content} own={chat.me.value.username}>
        {message.edited_at !== null && (
          <button
            type="button"
            class="edited"
            title={momentOf(message.edited_at)}
            onClick={() => show({ kind: "edits", message })}
          >
            {t("message.edited")}
          </button>
        )}
      </Markdown>
      {message.files && message.files.length > 0 && <Attachments files={message.files} />}
    </>
  );
}

function ReplyTo({ chat, parent, rootId, message }: Props & { rootId: number }): VNode {
  return (
    <button
      type="button"
      class="reply-to"
      onClick={() => openThread(message.conversation_id, rootId)}
    >
      <Icon name="reply" size={14} />
      {parent === undefined ? (
        t("message.in_thread")
      ) : (
        <>
          <strong>{senderName(chat, parent.sender)}</strong>
          <span class="excerpt">{excerptOf(parent)}</span>
        </>
      )}
    </button>
  );
}

function ThreadLink({ message }: { message: Message }): VNode {
  return (
    <button
      type="button"
      class="thread-link"
      onClick={() => openThread(message.conversation_id, message.id)}
    >
      <Icon name="thread" size={16} />
      <strong>{plural("replies", message.reply_count)}</strong>
      {message.last_reply_at && (
        <span>{t("thread.last", { time: timeOf(message.last_reply_at) })}</span>
      )}
    </button>
  );
}

export function openThread(conversationId: string, rootId: number): void {
  panel.value = { kind: "thread", conversationId, rootId };
}

/** Made when they are first wanted: most messages are only read. */
function Actions(props: Props): VNode {
  const { chat, message, kind } = props;
  const [isPicking, setPicking] = useState(false);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const isOpen = !isClosed(chat, message);
  return (
    <div class={isPicking || isMenuOpen ? "actions is-open" : "actions"}>
      {has("reactions") && isOpen && (
        <ReactionPicker
          onOpen={setPicking}
          onPick={(emoji) => toggleReaction(chat, message, emoji)}
        />
      )}
      {has("threads") && isOpen && (
        <button
          type="button"
          class="icon-button"
          aria-label={t("message.reply")}
          title={t("message.reply")}
          onClick={() => props.onReply(message)}
        >
          <Icon name="reply" size={18} />
        </button>
      )}
      <Menu
        label={t("message.more")}
        onOpen={setMenuOpen}
        items={messageItems(chat, kind, message, props.onEdit)}
      />
    </div>
  );
}
