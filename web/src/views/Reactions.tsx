/** Reactions under a message, and the choice of one. */
import type { VNode } from "preact";
import type { Message } from "../api/types.ts";
import { plural, t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";
import { usePopup } from "../parts/usePopup.ts";
import { has } from "../state/features.ts";
import type { Chat } from "../sync/chat.ts";

// What is used most comes first.
const EMOJI = [
  ..."👍👎😀😂😉😍🤔😮😢😡🎉🔥👏🙏💪👀✅❌💯🚀💡👋🤝🙌😅😇😎🥳😴🤯🤷🐛☕🍕🌱🌟💚💙🧡📌",
];

export function Reactions({ chat, message }: { chat: Chat; message: Message }): VNode | null {
  if (message.reactions.length === 0) return null;
  return (
    <ul class="reactions">
      {message.reactions.map(({ emoji, count, me }) => (
        <li key={emoji}>
          <button
            type="button"
            class="reaction"
            aria-pressed={me ?? false}
            aria-label={`${emoji} ${plural("reactions", count)}`}
            disabled={!has("reactions")}
            onClick={() => toggleReaction(chat, message, emoji)}
          >
            <span>{emoji}</span>
            <span>{count}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function toggleReaction(chat: Chat, message: Message, emoji: string): void {
  const isMine = message.reactions.some((one) => one.emoji === emoji && one.me);
  const type = isMine ? "remove_reaction" : "add_reaction";
  chat.perform(message.conversation_id, { type, data: { message_id: message.id, emoji } });
}

interface PickerProps {
  onPick: (emoji: string) => void;
  onOpen: (isOpen: boolean) => void;
}

export function ReactionPicker({ onPick, onOpen }: PickerProps): VNode {
  const { isOpen, show, root, button } = usePopup(".picker button", onOpen);
  return (
    <div class="menu" ref={root}>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label={t("message.react")}
        title={t("message.react")}
        aria-expanded={isOpen}
        onClick={() => show(!isOpen)}
      >
        <Icon name="smile" size={18} />
      </button>
      {isOpen && (
        <fieldset
          class="menu-items picker"
          aria-label={t("message.react")}
          onKeyDown={(event) => moveInGrid(event, () => show(false))}
        >
          {EMOJI.map((emoji) => (
            <button
              key={emoji}
              type="button"
              onClick={() => {
                show(false);
                onPick(emoji);
              }}
            >
              {emoji}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}

const COLUMNS = 8;

function moveInGrid(event: KeyboardEvent, close: () => void): void {
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: COLUMNS,
    ArrowUp: -COLUMNS,
  };
  const step = steps[event.key];
  if (event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (step !== undefined) {
    event.preventDefault();
    all[(at + step + all.length) % all.length]?.focus();
  }
}
