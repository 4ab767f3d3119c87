/** What is open beside the conversation. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { Conversation } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Icon } from "../../parts/Icon.tsx";
import { closeOnRequest, type Panel, panel } from "../../state/panel.ts";
import type { Chat } from "../../sync/chat.ts";
import { Members } from "./Members.tsx";
import { Pins } from "./Pins.tsx";
import { Search } from "./Search.tsx";
import { Thread } from "./Thread.tsx";
import { Threads } from "./Threads.tsx";

interface Props {
  chat: Chat;
  conversation: Conversation;
  panel: Panel;
}

export default function SidePanel({ chat, conversation, panel: open }: Props): VNode | null {
  switch (open.kind) {
    case "members":
      return (
        <Frame title={t("members")}>
          <Members chat={chat} conversation={conversation} />
        </Frame>
      );
    case "search":
      return (
        <Frame title={t("search")}>
          <Search chat={chat} conversation={conversation} />
        </Frame>
      );
    case "thread":
      return (
        <Frame title={t("thread")}>
          <Thread key={open.rootId} chat={chat} conversation={conversation} rootId={open.rootId} />
        </Frame>
      );
    case "pins":
      return (
        <Frame title={t("pins")}>
          <Pins chat={chat} conversation={conversation} />
        </Frame>
      );
    case "threads":
      return (
        <Frame title={t("threads")}>
          <Threads chat={chat} conversation={conversation} />
        </Frame>
      );
  }
}

function Frame({ title, children }: { title: string; children: ComponentChildren }): VNode {
  useEffect(closeOnRequest, []);
  return (
    <aside class="panel" aria-label={title}>
      <header class="panel-head">
        <h2>{title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label={t("close")}
          onClick={() => {
            panel.value = null;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      {children}
    </aside>
  );
}
