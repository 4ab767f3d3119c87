/** The names that fit what is being written after an @ (a combobox, as ARIA's practices have it). */
import type { RefObject, TargetedKeyboardEvent, VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { Conversation, User } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { membersOf, readMembers } from "../state/members.ts";
import { nameOf } from "../state/names.ts";
import type { Chat } from "../sync/chat.ts";
import { completed, type Started, startedMention, suggested } from "../text/mentions.ts";

export interface Mentions {
  id: string;
  people: readonly User[];
  at: number;
  take: (user: User) => void;
  onKey: (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => boolean;
  attributes: Record<string, string | undefined>;
}

export function useMentions(
  chat: Chat,
  conversation: Conversation,
  area: RefObject<HTMLTextAreaElement | null>,
  text: string,
  change: (text: string) => void,
): Mentions {
  const id = useId();
  const [at, setAt] = useState(0);
  const [closedFor, setClosedFor] = useState<string | null>(null);
  const caret = area.current?.selectionStart ?? text.length;
  const started = text === closedFor ? null : startedMention(text, Math.min(caret, text.length));
  const isOpen = started !== null;
  useEffect(() => {
    if (isOpen && membersOf(conversation.id).length === 0) {
      readMembers(chat, conversation.id).catch(() => {});
    }
  }, [isOpen, chat, conversation.id]);
  const members = membersOf(conversation.id).map((one) => one.user as User);
  const people = started === null ? [] : suggested(members, started.typed, chat.me.value.id);
  const chosen = Math.min(at, Math.max(0, people.length - 1));

  const take = (user: User): void => {
    const [next, caretAt] = completed(text, started as Started, user.username);
    change(next);
    setAt(0);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(caretAt, caretAt);
    });
  };
  const onKey = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean => {
    const user = people[chosen];
    if (user === undefined) return false;
    if (event.key === "ArrowDown") setAt((chosen + 1) % people.length);
    else if (event.key === "ArrowUp") setAt((chosen - 1 + people.length) % people.length);
    else if (event.key === "Enter" || event.key === "Tab") take(user);
    else if (event.key === "Escape") setClosedFor(text);
    else return false;
    event.preventDefault();
    return true;
  };
  return {
    id,
    people,
    at: chosen,
    take,
    onKey,
    attributes:
      people.length === 0
        ? {}
        : {
            role: "combobox",
            "aria-expanded": "true",
            "aria-autocomplete": "list",
            "aria-controls": id,
            "aria-activedescendant": `${id}-${chosen}`,
          },
  };
}

export function MentionList({ mentions }: { mentions: Mentions }): VNode | null {
  if (mentions.people.length === 0) return null;
  return (
    <div class="mentions" role="listbox" id={mentions.id} aria-label={t("composer.mention")}>
      {mentions.people.map((user, n) => (
        <div
          key={user.id}
          id={`${mentions.id}-${n}`}
          role="option"
          tabIndex={-1}
          aria-selected={n === mentions.at}
          onPointerDown={(event) => {
            event.preventDefault(); // The focus stays where one writes.
            mentions.take(user);
          }}
        >
          <Avatar id={user.id} name={nameOf(user)} size="small" />
          <strong>{nameOf(user)}</strong>
          <span>@{user.username}</span>
        </div>
      ))}
    </div>
  );
}
