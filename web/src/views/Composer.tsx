/** Where one writes: a draft that survives, names that complete themselves, Enter that sends. */
import type { VNode } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Conversation, Message } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { FormError } from "../parts/FormError.tsx";
import { Icon } from "../parts/Icon.tsx";
import { show } from "../state/dialogs.ts";
import { heard, keepDraft, placeOf, readDraft } from "../state/drafts.ts";
import { excerptOf } from "../state/excerpts.ts";
import { has } from "../state/features.ts";
import { maxChars } from "../state/limits.ts";
import { senderName, titleOf } from "../state/names.ts";
import { isReadOnly } from "../state/rights.ts";
import { addFiles, uploadsAt } from "../state/uploads.ts";
import type { Chat } from "../sync/chat.ts";
import { isComposing } from "./composing.ts";
import { MentionList, useMentions } from "./MentionList.tsx";
import { UploadList } from "./UploadList.tsx";
import { useLeft } from "./useLeft.ts";
import { useTyping } from "./useTyping.ts";

const NEARLY_FULL = 200;
// Where the style sheet does it, nothing need be laid out while one types.
const SIZES_ITSELF = CSS.supports("field-sizing", "content");

interface Props {
  chat: Chat;
  conversation: Conversation;
  replyTo: Message | null;
  onReplied: () => void;
  onEditLast?: () => void;
  /** In a thread everything answers its first message. */
  thread?: number;
}

export const Composer = memo(function Composer(props: Props): VNode {
  const { chat, conversation } = props;
  if (!isReadOnly(chat, conversation)) return <Writing {...props} />;
  return (
    <p class="archived" role="status">
      <Icon name={conversation.archived ? "archive" : "lock"} size={18} />
      {conversation.archived ? t("room.is_archived") : t("conversation.only_read")}
    </p>
  );
});

function Writing(props: Props): VNode {
  const { chat, conversation, replyTo, thread } = props;
  const draftKey = placeOf(conversation.id, thread);
  const [text, setText] = useState(() => readDraft(chat.me.peek().id, draftKey));
  const area = useRef<HTMLTextAreaElement>(null);
  const typing = useTyping(chat, conversation);
  const change = (next: string) => {
    setText(next);
    keepDraft(chat.me.peek().id, draftKey, next);
    typing.say(next !== "");
  };
  const mentions = useMentions(chat, conversation, area, text, change);

  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    if (matchMedia("(hover: hover)").matches || replyTo !== null) area.current?.focus();
  }, [replyTo]);
  useEffect(
    () =>
      heard.subscribe((draft) => {
        if (draft?.place === draftKey) setText(draft.text);
      }),
    [draftKey],
  );
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null || SIZES_ITSELF) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const left = useLeft(text);
  const uploads = uploadsAt(draftKey);
  const hasFiles = uploads.all.some((one) => one.file !== null);
  const canSend = (text.trim() !== "" || hasFiles) && left >= 0 && !uploads.isBusy;
  const send = () => {
    if (!canSend) return;
    const parent = thread ?? (replyTo && (replyTo.parent_message_id ?? replyTo.id));
    const file_ids = uploads.take();
    // Ahead of what the page draws of it: so both are laid out at once.
    if (area.current !== null) area.current.value = "";
    chat.perform(conversation.id, {
      type: "send_message",
      data: {
        conversation_id: conversation.id,
        content: text.trim() === "" ? "" : text,
        ...(file_ids.length > 0 ? { file_ids, message_type: "file" } : {}),
        ...(parent ? { parent_message_id: parent } : {}),
      },
    });
    typing.sent();
    change("");
    props.onReplied();
    area.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {replyTo !== null && <ReplyChip chat={chat} message={replyTo} onCancel={props.onReplied} />}
      <UploadList uploads={uploads} />
      <MentionList mentions={mentions} />
      <div class="composer-box">
        {has("files") && <Attach place={draftKey} />}
        <textarea
          ref={area}
          dir="auto"
          rows={1}
          value={text}
          placeholder={placeholder(conversation, thread)}
          aria-label={placeholder(conversation, thread)}
          aria-describedby="composer-hint"
          {...mentions.attributes}
          onInput={(event) => change(event.currentTarget.value)}
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length === 0 || !has("files")) return;
            event.preventDefault();
            addFiles(draftKey, files);
          }}
          onKeyDown={(event) => {
            if (isComposing(event) || mentions.onKey(event)) return;
            if (event.key === "Enter" && !event.shiftKey) {
              event.preventDefault();
              send();
            } else if (event.key === "ArrowUp" && text === "" && props.onEditLast) {
              event.preventDefault();
              props.onEditLast();
            } else if (event.key === "Escape" && replyTo !== null) {
              event.preventDefault();
              props.onReplied();
            }
          }}
        />
        {left < NEARLY_FULL && (
          <span class={left < 0 ? "left is-over" : "left"} role="status">
            {left}
          </span>
        )}
        <button
          type="button"
          class={
            text.trim() === "" || uploads.all.length > 0 ? "icon-button is-kept" : "icon-button"
          }
          aria-label={t("later.title")}
          title={t("later.title")}
          onClick={() =>
            show({
              kind: "later",
              id: conversation.id,
              content: text,
              thread: thread ?? (replyTo && (replyTo.parent_message_id ?? replyTo.id)),
              onDone: () => {
                typing.say(false);
                change("");
                props.onReplied();
              },
            })
          }
        >
          <Icon name="clock" />
        </button>
        <button type="submit" class="send" aria-label={t("composer.send")} disabled={!canSend}>
          <Icon name="send" />
        </button>
      </div>
      {left < 0 && <FormError text={t("composer.too_long", { n: maxChars.value })} />}
      <p class="composer-hint" id="composer-hint">
        {t("composer.hint")}
      </p>
    </form>
  );
}

function Attach({ place }: { place: string }): VNode {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={t("file.attach")}
        title={t("file.attach")}
        onClick={() => input.current?.click()}
      >
        <Icon name="clip" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          addFiles(place, event.currentTarget.files ?? []);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function placeholder(conversation: Conversation, thread: number | undefined): string {
  if (thread !== undefined) return t("composer.thread");
  const name = titleOf(conversation);
  return t("composer.to", { name: conversation.kind === "direct" ? name : `#${name}` });
}

function ReplyChip(props: { chat: Chat; message: Message; onCancel: () => void }): VNode {
  return (
    <div class="reply-chip">
      <Icon name="reply" size={16} />
      <span class="excerpt">
        {t("composer.replying", { name: senderName(props.chat, props.message.sender) })}{" "}
        <span>{excerptOf(props.message)}</span>
      </span>
      <button type="button" class="icon-button" aria-label={t("cancel")} onClick={props.onCancel}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
