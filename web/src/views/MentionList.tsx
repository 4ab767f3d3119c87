/** The names that fit what is being written after an @ (a combobox, as ARIA's practices have it). */
import type { RefObject, TargetedKeyboardEvent, VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { Conversation, User } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon } from "../parts/Icon.tsx";
import { membersOf, readMembers } from "../state/members.ts";
import { nameOf } from "../state/names.ts";
import { mayCall } from "../state/rights.ts";
import type { Chat } from "../sync/chat.ts";
import {
  type Call,
  completed,
  type Started,
  startedMention,
  suggested,
  suggestedCalls,
} from "../text/mentions.ts";

type Suggestion = User | Call;

export interface Mentions {
  id: string;
  all: readonly Suggestion[];
  at: number;
  take: (one: Suggestion) => void;
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
  const calls =
    started !== null && mayCall(chat, conversation) ? suggestedCalls(started.typed) : [];
  const all = [...people, ...calls];
  const chosen = Math.min(at, Math.max(0, all.length - 1));

  const take = (one: Suggestion): void => {
    const [next, caretAt] = completed(text, started as Started, wordFor(one));
    change(next);
    setAt(0);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(caretAt, caretAt);
    });
  };
  const onKey = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean => {
    const one = all[chosen];
    if (one === undefined) return false;
    if (event.key === "ArrowDown") setAt((chosen + 1) % all.length);
    else if (event.key === "ArrowUp") setAt((chosen - 1 + all.length) % all.length);
    else if (event.key === "Enter" || event.key === "Tab") take(one);
    else if (event.key === "Escape") setClosedFor(text);
    else return false;
    event.preventDefault();
    return true;
  };
  return {
    id,
    all,
    at: chosen,
    take,
    onKey,
    attributes:
      all.length === 0
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

function wordFor(one: Suggestion): string {
  return typeof one === "string" ? one : one.username;
}

export function MentionList({ mentions }: { mentions: Mentions }): VNode | null {
  if (mentions.all.length === 0) return null;
  return (
    <div class="mentions" role="listbox" id={mentions.id} aria-label={t("composer.mention")}>
      {mentions.all.map((one, n) => (
        <div
          key={typeof one === "string" ? one : one.id}
          id={`${mentions.id}-${n}`}
          role="option"
          tabIndex={-1}
          aria-selected={n === mentions.at}
          onPointerDown={(event) => {
            event.preventDefault(); // The focus stays where one writes.
            mentions.take(one);
          }}
        >
          {typeof one === "string" ? (
            <Icon name="people" size={22} />
          ) : (
            <Avatar id={one.id} name={nameOf(one)} size="small" />
          )}
          <strong>{typeof one === "string" ? t(`call.${one}`) : nameOf(one)}</strong>
          <span>@{wordFor(one)}</span>
        </div>
      ))}
    </div>
  );
}
