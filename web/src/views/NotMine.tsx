/** A link to a conversation that one is not in: an open room can be joined from here. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, newKey } from "../api/http.ts";
import type { Conversation } from "../api/types.ts";
import { plural, t } from "../i18n/index.ts";
import { titleOf } from "../state/names.ts";
import { sayError } from "../state/notices.ts";
import type { Chat } from "../sync/chat.ts";
import { BackHome } from "./BackHome.tsx";

export function NotMine({ chat, id }: { chat: Chat; id: string }): VNode {
  const [room, setRoom] = useState<Conversation | null>(null);
  const [isUnknown, setUnknown] = useState(false);
  useEffect(() => {
    call<Conversation>("GET", `/api/v2/conversations/${encodeURIComponent(id)}`)
      .then(setRoom)
      .catch(() => setUnknown(true));
  }, [id]);
  if (room === null) {
    return (
      <div class="welcome">
        <BackHome />
        <p role="status">{isUnknown ? t("conversation.unknown") : t("loading")}</p>
      </div>
    );
  }
  return (
    <div class="welcome">
      <BackHome />
      <h1>#{titleOf(room)}</h1>
      <p>{room.topic}</p>
      <p>{plural("members", room.member_count)}</p>
      <button
        type="button"
        class="button button-primary"
        onClick={() => joinRoom(chat, room.id).catch(sayError)}
      >
        {t("rooms.join")}
      </button>
    </div>
  );
}

export async function joinRoom(chat: Chat, id: string): Promise<void> {
  const path = `/api/v2/conversations/${encodeURIComponent(id)}`;
  await call("POST", `${path}/join`, { key: newKey() });
  chat.keepConversation(await call<Conversation>("GET", path));
}
