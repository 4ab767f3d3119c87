/** Wanting nothing from somebody, and wanting it again. */
import type { User } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import type { MenuItem } from "../parts/Menu.tsx";
import { block, isBlocked, unblock } from "../state/blocks.ts";
import { say, sayError } from "../state/notices.ts";

export function blockItem(user: Pick<User, "id" | "username">): MenuItem {
  const name = user.username;
  if (isBlocked(user.id)) {
    return {
      label: t("blocks.end_one", { name }),
      icon: "block",
      act: () => {
        unblock(user.id).catch(sayError);
      },
    };
  }
  return {
    label: t("blocks.begin", { name }),
    icon: "block",
    isDangerous: true,
    act: () => {
      block(user).then(() => say(t("blocks.done", { name })), sayError);
    },
  };
}
