/** What moderators work on: reports, sanctions, appeals, and files that are held back. */
import type { VNode } from "preact";
import { type Key, t } from "../../i18n/index.ts";
import { Tabs } from "../../parts/Tabs.tsx";
import { may, type Permission } from "../../state/rights.ts";
import type { Chat } from "../../sync/chat.ts";
import { BackHome } from "../BackHome.tsx";
import { Appeals } from "./Appeals.tsx";
import { Files } from "./Files.tsx";
import { Reports } from "./Reports.tsx";
import { Sanctions } from "./Sanctions.tsx";

const TABS: readonly [string, Key, Permission][] = [
  ["reports", "moderation.reports", "reports.review"],
  ["sanctions", "moderation.sanctions", "users.sanction"],
  ["appeals", "moderation.appeals", "users.sanction"],
  ["files", "moderation.files", "messages.delete_any"],
];

export default function Moderation(props: { chat: Chat; tab: string | null }): VNode {
  const { chat } = props;
  const tabs = TABS.filter(([, , needed]) => may(needed)).map(
    ([name, key]) => [name, key] as const,
  );
  const tab = props.tab ?? tabs[0]?.[0] ?? "";
  return (
    <div class="page">
      <header class="page-head">
        <BackHome />
        <h1>{t("moderation")}</h1>
      </header>
      <Tabs label={t("moderation")} base="/moderation" tabs={tabs} open={tab} />
      {tabs.length === 0 && <p class="empty">{t("error.forbidden")}</p>}
      {tab === "reports" && <Reports chat={chat} />}
      {tab === "sanctions" && <Sanctions chat={chat} />}
      {tab === "appeals" && <Appeals chat={chat} />}
      {tab === "files" && <Files chat={chat} />}
    </div>
  );
}
