/** The list of conversations, and the user's own corner. */
import type { ComponentChildren, VNode } from "preact";
import { memo } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import { call } from "../api/http.ts";
import type { Conversation, Presence } from "../api/types.ts";
import { plural, t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Menu, type MenuItem } from "../parts/Menu.tsx";
import { show } from "../state/dialogs.ts";
import { drafted } from "../state/drafts.ts";
import { has } from "../state/features.ts";
import { grouped, iconOf, nameOf, titleOf } from "../state/names.ts";
import { say, sayError } from "../state/notices.ts";
import { moderates } from "../state/rights.ts";
import { go, route } from "../state/route.ts";
import { link, signOut } from "../state/session.ts";
import { type Chat, unreadOf } from "../sync/chat.ts";

export function Sidebar({ chat }: { chat: Chat }): VNode {
  const { rooms, direct } = grouped(chat.conversations.value.values());
  return (
    <nav class="sidebar" aria-label={t("nav.conversations")}>
      <div class="sidebar-top">
        <span class="sidebar-name">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          Causerie
        </span>
        <button type="button" class="jump" onClick={() => show({ kind: "switch" })}>
          <Icon name="search" size={16} />
          <span>{t("nav.jump")}</span>
          <kbd>Ctrl K</kbd>
        </button>
      </div>
      <div class="sidebar-lists">
        <ul class="conversations">
          <Line href="/unread" icon="inbox" isHere={route.value.view === "unread"}>
            {t("nav.unread")}
            <Count n={chat.unread.value} />
          </Line>
          <Line href="/later" icon="clock" isHere={route.value.view === "later"}>
            {t("nav.later")}
          </Line>
        </ul>
        <Section
          title={t("nav.rooms")}
          action={t("rooms.find")}
          onAction={() => show({ kind: "rooms" })}
        >
          {rooms.map((room) => (
            <ConversationLine key={room.id} conversation={room} />
          ))}
        </Section>
        <Section
          title={t("nav.direct")}
          action={t("direct.start")}
          onAction={() => show({ kind: "direct" })}
        >
          {direct.map((one) => (
            <ConversationLine key={one.id} conversation={one} />
          ))}
        </Section>
      </div>
      <Own chat={chat} />
    </nav>
  );
}

function Section(props: {
  title: string;
  action: string;
  onAction: () => void;
  children: VNode[];
}): VNode {
  return (
    <section>
      <div class="section-head">
        <h2>{props.title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={props.action}
          title={props.action}
          onClick={props.onAction}
        >
          <Icon name="plus" size={18} />
        </button>
      </div>
      {props.children.length > 0 ? (
        <ul class="conversations">{props.children}</ul>
      ) : (
        <button type="button" class="section-empty" onClick={props.onAction}>
          {props.action}
        </button>
      )}
    </section>
  );
}

function Line(props: {
  href: string;
  icon: IconName;
  isHere: boolean;
  children: ComponentChildren;
}): VNode {
  return (
    <li>
      <a class="line" href={props.href} aria-current={props.isHere ? "page" : undefined}>
        <Icon name={props.icon} size={18} />
        {props.children}
      </a>
    </li>
  );
}

const ConversationLine = memo(function ConversationLine(props: {
  conversation: Conversation;
}): VNode {
  const { conversation } = props;
  const place = route.value;
  const isHere = place.view === "conversation" && place.id === conversation.id;
  const unread = unreadOf(conversation);
  const isDrafted = drafted.value.has(conversation.id);
  const peer = conversation.kind === "direct" ? conversation.peer : null;
  const line = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isHere) line.current?.scrollIntoView({ block: "nearest" }); // In a long list one came by a key.
  }, [isHere]);
  return (
    <li>
      <a
        ref={line}
        class={unread > 0 ? "line is-unread" : "line"}
        href={`/c/${conversation.id}`}
        aria-current={isHere ? "page" : undefined}
      >
        {peer ? (
          <Avatar id={peer.id} name={nameOf(peer)} size="small" withPresence />
        ) : (
          <Icon name={iconOf(conversation)} size={18} />
        )}
        <span class="line-name">{titleOf(conversation)}</span>
        {conversation.archived && <span class="hidden">{t("room.archived")}</span>}
        {isDrafted && !isHere && (
          <span class="drafted" title={t("nav.draft")}>
            <Icon name="edit" size={14} />
            <span class="hidden">{t("nav.draft")}</span>
          </span>
        )}
        <Count n={unread} />
      </a>
    </li>
  );
});

function Count({ n }: { n: number }): VNode | null {
  if (n <= 0) return null;
  return (
    <span class="count">
      <span aria-hidden="true">{n > 99 ? "99+" : n}</span>
      <span class="hidden">{plural("unread", n)}</span>
    </span>
  );
}

function Own({ chat }: { chat: Chat }): VNode {
  const me = chat.me.value;
  const name = nameOf(me);
  useOwnPresence(chat);
  return (
    <div class="own">
      <Avatar id={me.id} name={name} withPresence />
      <span class="own-name">
        <strong>{name}</strong>
        <small>@{me.username}</small>
      </span>
      <Menu label={t("nav.you")} items={ownItems(chat)} />
    </div>
  );
}

const STATUSES = ["online", "away", "busy", "invisible"] as const;

/** One's own presence is asked for once; what one chooses on another device comes as an event. */
function useOwnPresence(chat: Chat): void {
  const me = chat.me.value.id;
  const isOpen = link.value.state === "open" && has("presence");
  useEffect(() => {
    if (!isOpen) return;
    call<{ status: Presence }>("GET", `/api/v2/users/${me}/presence`)
      // Right after a greeting the others may not have been told yet that one is there.
      .then(({ status }) => (status === "offline" ? "online" : status))
      .then((status) => chat.present([{ user_id: me, status }]))
      .catch(() => {}); // A dot less.
  }, [chat, me, isOpen]);
}

function ownItems(chat: Chat): MenuItem[] {
  const me = chat.me.value.id;
  const status = (one: (typeof STATUSES)[number]): MenuItem => ({
    label: t(`presence.set.${one}`),
    icon: <span class={`dot dot-${one} is-still`} />,
    isChosen: chat.presence.value.get(me) === one,
    act: () => {
      chat.ask("set_presence", { status: one }).then(() => {
        chat.present([{ user_id: me, status: one }]);
        say(t("presence.done"));
      }, sayError);
    },
  });
  return [
    ...(has("presence") ? STATUSES.map(status) : []),
    { label: t("settings"), icon: "gear", act: () => go("/settings") },
    ...(moderates()
      ? [{ label: t("moderation"), icon: "shield", act: () => go("/moderation") } as const]
      : []),
    { label: t("keys"), icon: "info", act: () => show({ kind: "keys" }) },
    {
      label: t("sign_out"),
      icon: "out",
      act: () => {
        signOut().catch((error: unknown) => sayError(error));
      },
    },
  ];
}
