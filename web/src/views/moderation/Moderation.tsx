/** What moderators work on: reports, sanctions, appeals, and files that are held back. */
import type { VNode } from "preact";
import { type Key, t } from "../../i18n/index.ts";
import { Tabs } from "../../parts/Tabs.tsx";
import type { Chat } from "../../sync/chat.ts";
import { BackHome } from "../BackHome.tsx";
import { Appeals } from "./Appeals.tsx";
import { Files } from "./Files.tsx";
import { Reports } from "./Reports.tsx";
import { Sanctions } from "./Sanctions.tsx";

const TABS: readonly [string, Key][] = [
  ["reports", "moderation.reports"],
  ["sanctions", "moderation.sanctions"],
  ["appeals", "moderation.appeals"],
  ["files", "moderation.files"],
];

export default function Moderation({ chat, tab }: { chat: Chat; tab: string }): VNode {
  return (
    <div class="page">
      <header class="page-head">
        <BackHome />
        <h1>{t("moderation")}</h1>
      </header>
      <Tabs label={t("moderation")} base="/moderation" tabs={TABS} open={tab} />
      {tab === "reports" && <Reports chat={chat} />}
      {tab === "sanctions" && <Sanctions chat={chat} />}
      {tab === "appeals" && <Appeals chat={chat} />}
      {tab === "files" && <Files chat={chat} />}
    </div>
  );
}
