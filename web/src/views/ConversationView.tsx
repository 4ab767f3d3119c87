/** One conversation: its head, what was said, where one writes, and what is open beside it. */
import { useComputed } from "@preact/signals";
import type { VNode } from "preact";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { call } from "../api/http.ts";
import type { Conversation, Message, Presence } from "../api/types.ts";
import { plural, t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Menu, type MenuItem } from "../parts/Menu.tsx";
import { archive } from "../state/archive.ts";
import { show } from "../state/dialogs.ts";
import { has } from "../state/features.ts";
import { membersOf, readMembers } from "../state/members.ts";
import { iconOf, nameOf, titleOf } from "../state/names.ts";
import { sayError } from "../state/notices.ts";
import { type Panel, panel, togglePanel } from "../state/panel.ts";
import { leads, owns } from "../state/rights.ts";
import { link } from "../state/session.ts";
import { dropped } from "../state/uploads.ts";
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
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  const [editing, setEditing] = useState<number | null>(null);
  useEffect(() => {
    panel.value = null; // What was open belongs to the conversation before.
  }, []);
  usePresence(chat, id);
  usePeople(chat, conversation?.kind === "room" ? id : null);
  if (conversation === undefined) {
    return chat.isReady.value ? (
      <NotMine chat={chat} id={id} />
    ) : (
      <p class="loading">{t("loading")}</p>
    );
  }
  return (
    <div class="conversation-frame">
      <section
        class="conversation"
        aria-label={titleOf(conversation)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={drop}
      >
        <Head chat={chat} conversation={conversation} />
        <Timeline
          chat={chat}
          conversation={conversation}
          seq={seq}
          editing={editing}
          onEdit={setEditing}
          onReply={setReplyTo}
        />
        <TypingLine chat={chat} conversation={conversation} />
        <Composer
          chat={chat}
          conversation={conversation}
          replyTo={replyTo}
          onReplied={() => setReplyTo(null)}
          onEditLast={() => setEditing(lastOwn(chat, id))}
        />
      </section>
      {panel.value !== null && (
        <Suspense fallback={<aside class="panel" />}>
          <SidePanel chat={chat} conversation={conversation} panel={panel.value} />
        </Suspense>
      )}
    </div>
  );
}

function drop(event: DragEvent): void {
  event.preventDefault(); // Else the browser would leave the page for the file.
  if (has("files")) dropped.value = [...(event.dataTransfer?.files ?? [])];
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

/** Messages name their senders only: what these are called and look like is read once. */
function usePeople(chat: Chat, id: string | null): void {
  const isOpen = link.value.state === "open";
  useEffect(() => {
    if (id !== null && isOpen && membersOf(id).length === 0) readMembers(chat, id).catch(() => {});
  }, [chat, id, isOpen]);
}

function lastOwn(chat: Chat, id: string): number | null {
  const mine = chat.me.peek().id;
  const own = chat
    .timeline(id)
    .peek()
    .items.findLast((one) => one.sender.id === mine && !one.deleted && one.message_type === "text");
  return own?.id ?? null;
}

function Head({ chat, conversation }: { chat: Chat; conversation: Conversation }): VNode {
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
}

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
      act: () => chat.markRead(id, conversation.last_seq),
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
