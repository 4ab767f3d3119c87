/** The user's own corner: who they are, how it looks, what makes a noise, where they are signed in. */
import type { VNode } from "preact";
import { type Key, t } from "../../i18n/index.ts";
import { Tabs } from "../../parts/Tabs.tsx";
import type { Chat } from "../../sync/chat.ts";
import { BackHome } from "../BackHome.tsx";
import { Appearance } from "./Appearance.tsx";
import { Notifications } from "./Notifications.tsx";
import { Privacy } from "./Privacy.tsx";
import { Profile } from "./Profile.tsx";
import { Security } from "./Security.tsx";
import { Sessions } from "./Sessions.tsx";

const TABS: readonly [string, Key][] = [
  ["profile", "settings.profile"],
  ["appearance", "settings.appearance"],
  ["notifications", "settings.notifications"],
  ["privacy", "settings.privacy"],
  ["security", "settings.security"],
  ["sessions", "settings.sessions"],
];

export default function Settings({ chat, tab }: { chat: Chat; tab: string }): VNode {
  return (
    <div class="page">
      <header class="page-head">
        <BackHome />
        <h1>{t("settings")}</h1>
      </header>
      <Tabs label={t("settings")} base="/settings" tabs={TABS} open={tab} />
      {tab === "profile" && <Profile chat={chat} />}
      {tab === "appearance" && <Appearance />}
      {tab === "notifications" && <Notifications />}
      {tab === "privacy" && <Privacy />}
      {tab === "security" && <Security />}
      {tab === "sessions" && <Sessions />}
    </div>
  );
}
