import type { VNode } from "preact";
import { memo } from "preact/compat";
import { useEffect } from "preact/hooks";
import type { Conversation } from "../api/types.ts";
import { plural, t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";
import { readMembers } from "../state/members.ts";
import { nameOf } from "../state/names.ts";
import { useReceipts } from "../state/receipts.ts";
import type { Chat } from "../sync/chat.ts";

const MAX_NAMED = 2;

interface Props {
  chat: Chat;
  conversation: Conversation;
}

/** Who is writing now; else who has read what one said last. */
export const TypingLine = memo(function TypingLine({ chat, conversation }: Props): VNode {
  const { id } = conversation;
  const own = chat.me.value.id;
  const ids = [...(chat.typing.value.get(id)?.keys() ?? [])].filter((one) => one !== own);
  const isSomebodyUnknown = ids.some((one) => !chat.people.value.has(one));
  useEffect(() => {
    if (isSomebodyUnknown) readMembers(chat, id).catch(() => {});
  }, [isSomebodyUnknown, chat, id]);
  const names = ids.map((one) => {
    const person = chat.people.value.get(one);
    return person === undefined ? t("someone") : nameOf(person);
  });
  return (
    <p class="typing" aria-live="off">
      <Seen chat={chat} conversation={conversation} isHidden={names.length > 0} />
      {names.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {text(names)}
        </>
      )}
    </p>
  );
});

function text(names: readonly string[]): string {
  if (names.length > MAX_NAMED) return plural("typing.many", names.length);
  const [first = "", second] = names;
  return second === undefined
    ? t("typing.one", { name: first })
    : t("typing.two", { name: first, other: second });
}

function Seen({ chat, conversation, isHidden }: Props & { isHidden: boolean }): VNode | null {
  const { id, kind, member_count } = conversation;
  const receipts = useReceipts(chat, id);
  const me = chat.me.value.id;
  const { items, atEnd } = chat.timeline(id).value;
  const isWaiting = chat.entries.value.some((entry) => entry.conversationId === id);
  const last = items.at(-1);
  if (
    isHidden ||
    isWaiting ||
    !atEnd ||
    last === undefined ||
    last.sender.id !== me ||
    last.deleted
  )
    return null;
  const readers = [...receipts].filter(([user, seq]) => user !== me && seq >= last.seq).length;
  if (readers === 0) return null;
  const isAll = readers >= member_count - 1;
  const words = isAll ? t("receipts.by_all") : plural("receipts.by", readers);
  return (
    <span class="seen">
      <Icon name="check" size={14} />
      {kind === "direct" ? t("receipts.read") : words}
    </span>
  );
}
