import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { FormError } from "../parts/FormError.tsx";
import { maxChars } from "../state/limits.ts";
import type { Chat } from "../sync/chat.ts";
import { isComposing } from "./composing.ts";
import { useLeft } from "./useLeft.ts";

interface Props {
  chat: Chat;
  message: Message;
  onDone: () => void;
}

/** A message being changed: Enter saves, Escape leaves it as it was. */
export function EditBox({ chat, message, onDone }: Props): VNode {
  const [text, setText] = useState(message.content);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = area.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const left = useLeft(text);
  const save = () => {
    if (left < 0) return;
    if (text.trim() !== "" && text !== message.content) {
      const data = { message_id: message.id, content: text };
      chat.perform(message.conversation_id, { type: "edit_message", data });
    }
    onDone();
  };
  return (
    <div class="edit-box">
      <textarea
        dir="auto"
        ref={area}
        aria-label={t("message.edit")}
        rows={Math.min(12, text.split("\n").length)}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (isComposing(event)) return;
          if (event.key === "Escape") {
            event.preventDefault();
            onDone();
          } else if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            save();
          }
        }}
      />
      {left < 0 && <FormError text={t("composer.too_long", { n: maxChars.value })} />}
      <p class="edit-keys">
        <button type="button" class="button" onClick={onDone}>
          {t("cancel")}
        </button>
        <button type="button" class="button button-primary" disabled={left < 0} onClick={save}>
          {t("save")}
        </button>
      </p>
    </div>
  );
}
