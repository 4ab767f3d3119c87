/** What one may do about a member of a room. */
import { call, newKey } from "../../api/http.ts";
import type { Conversation, Member } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import type { MenuItem } from "../../parts/Menu.tsx";
import { show } from "../../state/dialogs.ts";
import { readMembers } from "../../state/members.ts";
import { sayError } from "../../state/notices.ts";
import { leads, may, owns } from "../../state/rights.ts";
import type { Chat } from "../../sync/chat.ts";
import { blockItem } from "../blockItem.ts";

const ROLES = ["owner", "admin", "member", "read_only"] as const;

export function memberItems(
  chat: Chat,
  room: Conversation,
  { user, role }: Pick<Member, "user" | "role">,
): MenuItem[] {
  // Owners and admins are led by owners only (conversations/service/rules.py).
  const isLed = role === "member" || role === "read_only";
  const actsAsOwner = owns(chat, room.id);
  const mayManage = actsAsOwner || (isLed && leads(chat, room.id));
  const path = `/api/v2/conversations/${room.id}/members/${user.id}`;
  const after = (done: Promise<unknown>): void => {
    done.then(() => readMembers(chat, room.id)).catch(sayError);
  };
  const offered = actsAsOwner ? ROLES : (["member", "read_only"] as const);
  const others = mayManage ? offered.filter((one) => one !== role) : [];
  const items: (MenuItem | false)[] = [
    ...others.map(
      (one): MenuItem => ({
        label: t(`role.make.${one}`),
        icon: "people",
        act: () => after(call("PATCH", path, { body: { role: one }, key: newKey() })),
      }),
    ),
    mayManage && {
      label: t("role.remove"),
      icon: "out",
      isDangerous: true,
      act: () => after(call("DELETE", path, { key: newKey() })),
    },
    may("users.sanction") && {
      label: t("message.sanction"),
      icon: "shield",
      act: () =>
        show({
          kind: "sanction",
          userId: user.id,
          name: user.username,
          conversationId: room.id,
        }),
    },
    blockItem(user),
  ];
  return items.filter((item) => item !== false);
}
