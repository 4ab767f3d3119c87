import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { plural, t } from "../i18n/index.ts";
import { readMembers } from "../state/members.ts";
import { nameOf } from "../state/names.ts";
import type { Chat } from "../sync/chat.ts";

const MAX_NAMED = 2;

/** Who is writing now. */
export function TypingLine({ chat, id }: { chat: Chat; id: string }): VNode {
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
}

function text(names: readonly string[]): string {
  if (names.length > MAX_NAMED) return plural("typing.many", names.length);
  const [first = "", second] = names;
  return second === undefined
    ? t("typing.one", { name: first })
    : t("typing.two", { name: first, other: second });
}
