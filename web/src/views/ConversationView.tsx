/** One conversation: its head, what was said, where one writes, and what is open beside it. */
import { useComputed } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { lazy, memo, Suspense } from "preact/compat";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { call } from "../api/http.ts";
import type { Conversation, Message, Presence } from "../api/types.ts";
import { plural, t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Menu, type MenuItem } from "../parts/Menu.tsx";
import { archive } from "../state/archive.ts";
import { show } from "../state/dialogs.ts";
import { placeOf } from "../state/drafts.ts";
import { has } from "../state/features.ts";
import { areMembersRead, membersOf, readMembers } from "../state/members.ts";
import { iconOf, nameOf, titleOf } from "../state/names.ts";
import { sayError } from "../state/notices.ts";
import { type Panel, panel, togglePanel } from "../state/panel.ts";
import { isReadOnly, leads, owns } from "../state/rights.ts";
import { link } from "../state/session.ts";
import { addFiles, bringsFiles, filesOf } from "../state/uploads.ts";
import type { Chat } from "../sync/chat.ts";
import { BackHome } from "./BackHome.tsx";
import { blockItem } from "./blockItem.ts";
import { Composer } from "./Composer.tsx";
import { NotMine } from "./NotMine.tsx";
import { Timeline } from "./Timeline.tsx";
import { TypingLine } from "./TypingLine.tsx";

const SidePanel = lazy(() => import("./panels/SidePanel.tsx"));

interface Props {
  chat: Chat;
  id: string;
  seq: number | null;
}

export function ConversationView({ chat, id, seq }: Props): VNode {
  // Only this one: what is said elsewhere draws nothing here.
  const conversation = useComputed(() => chat.conversations.value.get(id)).value;
  const shown = useUncounted(conversation);
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  const [editing, setEditing] = useState<number | null>(null);
  useEffect(() => {
    panel.value = null; // What was open belongs to the conversation before.
  }, []);
  usePresence(chat, id);
  usePeople(chat, conversation);
  const onReplied = useCallback(() => setReplyTo(null), []);
  const onEditLast = useCallback(() => setEditing(lastOwn(chat, id)), [chat, id]);
  if (conversation === undefined || shown === undefined) {
    return chat.isReady.value ? (
      <NotMine chat={chat} id={id} />
    ) : (
      <p class="loading">{t("loading")}</p>
    );
  }
  return (
    <DropPlace chat={chat} conversation={shown}>
      <section class="conversation" aria-label={titleOf(conversation)}>
        <Head chat={chat} conversation={shown} />
        <Timeline
          chat={chat}
          conversation={conversation}
          seq={seq}
          editing={editing}
          onEdit={setEditing}
          onReply={setReplyTo}
        />
        <TypingLine chat={chat} conversation={shown} />
        <Composer
          chat={chat}
          conversation={shown}
          replyTo={replyTo}
          onReplied={onReplied}
          onEditLast={onEditLast}
        />
      </section>
      {panel.value !== null && (
        <Suspense fallback={<aside class="panel" />}>
          <SidePanel chat={chat} conversation={conversation} panel={panel.value} />
        </Suspense>
      )}
    </DropPlace>
  );
}

/** The same object until more than its numbers changes: what each message changes draws nothing else. */
function useUncounted(conversation: Conversation | undefined): Conversation | undefined {
  const held = useRef(conversation);
  if (!areAlike(held.current, conversation)) held.current = conversation;
  return held.current;
}

function areAlike(some: Conversation | undefined, other: Conversation | undefined): boolean {
  if (some === undefined || other === undefined) return some === other;
  // Of both: some fields, such as `archived`, are there only where they are true.
  const keys = Object.keys({ ...some, ...other }) as (keyof Conversation)[];
  return keys.every((key) => NUMBERS.has(key) || some[key] === other[key]);
}

const NUMBERS: ReadonlySet<string> = new Set(["last_seq", "read_seq", "unread", "rev"]);

/** Where files are let fall: on the thread that is open beside it, or on the conversation. */
function DropPlace(props: {
  chat: Chat;
  conversation: Conversation;
  children: ComponentChildren;
}): VNode {
  const { id } = props.conversation;
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    setOver(false);
    const isInPanel = (event.target as Element).closest(".panel") !== null;
    const thread = isInPanel && panel.value?.kind === "thread" ? panel.value.rootId : null;
    addFiles(placeOf(id, thread), filesOf(event));
  };
  const takes = has("files") && !isReadOnly(props.chat, props.conversation);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard's way is the button that attaches
    <div
      class={isOver ? "conversation-frame is-over" : "conversation-frame"}
      onDragOver={(event) => takes && bringsFiles(event) && setOver(true)}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node)) setOver(false);
      }}
      onDrop={(event) => takes && drop(event)}
    >
      {props.children}
    </div>
  );
}

/** Who is there is asked when one comes; events tell the rest. */
function usePresence(chat: Chat, id: string): void {
  const isOpen = link.value.state === "open" && has("presence");
  useEffect(() => {
    if (!isOpen) return;
    call<{ items?: { user_id: number; status: Presence }[] }>(
      "GET",
      `/api/v2/conversations/${encodeURIComponent(id)}/presence`,
    )
      .then(({ items }) => chat.present(items ?? []))
      .catch(() => {}); // It is told, or it is not: nothing depends on it.
  }, [chat, id, isOpen]);
}

/**
 * Messages name their senders only: what these are called, look like and may do in a room is read, and
 * read anew when the room has changed. A crowd does so one after the other, about one in a millisecond.
 */
function usePeople(chat: Chat, conversation: Conversation | undefined): void {
  const isOpen = link.value.state === "open";
  const room = conversation?.kind === "room" ? conversation : undefined;
  useEffect(() => {
    if (room === undefined || !isOpen || areMembersRead(room)) return;
    const isFirst = membersOf(room.id).length === 0;
    const read = () => void readMembers(chat, room.id).catch(() => {});
    const timer = setTimeout(read, isFirst ? 0 : Math.random() * room.member_count);
    return () => clearTimeout(timer);
  }, [chat, room?.id, room?.rev, isOpen]);
}

function lastOwn(chat: Chat, id: string): number | null {
  const mine = chat.me.peek().id;
  const own = chat
    .timeline(id)
    .peek()
    .items.findLast((one) => one.sender.id === mine && !one.deleted && one.message_type === "text");
  return own?.id ?? null;
}

const Head = memo(function Head(props: { chat: Chat; conversation: Conversation }): VNode {
  const { chat, conversation } = props;
  const isDirect = conversation.kind === "direct";
  const peer = conversation.peer;
  return (
    <header class="conversation-head">
      <BackHome />
      {isDirect && peer ? (
        <Avatar id={peer.id} name={nameOf(peer)} withPresence />
      ) : (
        <Icon name={iconOf(conversation)} />
      )}
      <div class="conversation-title">
        <h1>{titleOf(conversation)}</h1>
        <p>
          {isDirect && peer
            ? [`@${peer.username}`, peer.status_text].filter(Boolean).join(" · ")
            : aboutRoom(conversation)}
        </p>
      </div>
      {has("search") && <PanelButton kind="search" icon="search" label={t("search")} />}
      {has("threads") && <PanelButton kind="threads" icon="thread" label={t("threads")} />}
      {has("pins") && <PanelButton kind="pins" icon="pin" label={t("pins")} />}
      {!isDirect && <PanelButton kind="members" icon="people" label={t("members")} />}
      <Menu
        label={t("conversation.more")}
        items={isDirect ? directItems(chat, conversation) : roomItems(chat, conversation)}
      />
    </header>
  );
});

function aboutRoom({ archived, member_count, topic }: Conversation): string {
  const parts = [archived && t("room.archived"), plural("members", member_count), topic];
  return parts.filter(Boolean).join(" · ");
}

function PanelButton(props: {
  kind: Exclude<Panel["kind"], "thread">;
  icon: IconName;
  label: string;
}): VNode {
  const isOpen = panel.value?.kind === props.kind;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={props.label}
      title={props.label}
      aria-pressed={isOpen}
      onClick={() => togglePanel({ kind: props.kind })}
    >
      <Icon name={props.icon} />
    </button>
  );
}

function commonItems(chat: Chat, conversation: Conversation): MenuItem[] {
  const { id } = conversation;
  return [
    {
      label: t("unread.mark"),
      icon: "check",
      act: () => chat.markRead(id, chat.conversations.peek().get(id)?.last_seq ?? 0),
    },
    { label: t("attention"), icon: "bell", act: () => show({ kind: "attention", id }) },
  ];
}

function directItems(chat: Chat, conversation: Conversation): MenuItem[] {
  const { peer } = conversation;
  if (!peer) return commonItems(chat, conversation);
  return [...commonItems(chat, conversation), blockItem(peer)];
}

function roomItems(chat: Chat, conversation: Conversation): MenuItem[] {
  const { id, archived } = conversation;
  const invite: MenuItem = {
    label: t("room.invite"),
    icon: "people",
    act: () => show({ kind: "invite", id }),
  };
  const leading: MenuItem[] = [
    ...(archived ? [] : [invite]),
    { label: t("room.edit"), icon: "edit", act: () => show({ kind: "edit-room", id }) },
  ];
  return [
    ...commonItems(chat, conversation),
    ...(leads(chat, id) ? leading : []),
    ...(owns(chat, id) ? [archiveItem(chat, conversation)] : []),
    {
      label: t("room.leave"),
      icon: "out",
      isDangerous: true,
      act: () => show({ kind: "leave", id }),
    },
  ];
}

function archiveItem(chat: Chat, { id, archived }: Conversation): MenuItem {
  if (!archived) {
    return {
      label: t("room.archive"),
      icon: "archive",
      isDangerous: true,
      act: () => show({ kind: "archive", id }),
    };
  }
  return {
    label: t("room.unarchive"),
    icon: "archive",
    act: () => {
      archive(chat, id, false).catch(sayError);
    },
  };
}
