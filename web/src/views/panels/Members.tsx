import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Conversation, User } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Avatar } from "../../parts/Avatar.tsx";
import { Menu } from "../../parts/Menu.tsx";
import { show } from "../../state/dialogs.ts";
import { membersOf, readMembers } from "../../state/members.ts";
import { nameOf } from "../../state/names.ts";
import { sayError } from "../../state/notices.ts";
import { leads } from "../../state/rights.ts";
import { go } from "../../state/route.ts";
import type { Chat } from "../../sync/chat.ts";
import { memberItems } from "./memberItems.ts";

interface Props {
  chat: Chat;
  conversation: Conversation;
}

export function Members({ chat, conversation }: Props): VNode {
  const { id, member_count } = conversation;
  useEffect(() => {
    readMembers(chat, id).catch(sayError);
  }, [chat, id, member_count]);
  const write = (user: User): void => {
    const body = { kind: "direct", members: [user.id] };
    call<Conversation>("POST", "/api/v2/conversations", { body, key: newKey() })
      .then((opened) => {
        chat.keepConversation(opened);
        go(`/c/${opened.id}`);
      })
      .catch(sayError);
  };
  return (
    <div class="panel-body">
      {leads(chat, id) && !conversation.archived && (
        <button type="button" class="button" onClick={() => show({ kind: "invite", id })}>
          {t("room.invite")}
        </button>
      )}
      <ul class="results">
        {membersOf(id).map(({ user, role }) => (
          <li key={user.id} class="member">
            <button
              type="button"
              class="result"
              disabled={user.id === chat.me.value.id}
              title={t("direct.open")}
              onClick={() => write(user)}
            >
              <Avatar id={user.id} name={nameOf(user)} withPresence />
              <span class="result-text">
                <strong>{nameOf(user)}</strong>
                <small>{user.status_text || `@${user.username}`}</small>
              </span>
              {role !== "member" && <span class="tag">{t(`role.${role}`)}</span>}
            </button>
            {user.id !== chat.me.value.id && (
              <Menu
                label={t("member.more", { name: nameOf(user) })}
                items={memberItems(chat, conversation, { user, role })}
              />
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
