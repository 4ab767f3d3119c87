/** One sanction, as moderators see it. */
import type { ComponentChildren, VNode } from "preact";
import type { Sanction } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import type { Chat } from "../../sync/chat.ts";
import { named, useNames } from "./named.ts";

export function useSanctionNames(chat: Chat, sanctions: readonly Sanction[] = []): void {
  useNames(
    chat,
    sanctions.flatMap((one) => [one.subject_id, one.author_id]),
  );
}

interface Props {
  chat: Chat;
  sanction: Sanction;
  children?: ComponentChildren;
}

export function SanctionCard({ chat, sanction, children }: Props): VNode {
  const { lifted, appeal } = sanction;
  const by =
    sanction.author_id === null ? t("sanction.by_itself") : named(chat, sanction.author_id);
  return (
    <li class="card card-report">
      <p>
        <strong>{t(`sanction.was.${sanction.kind}`)}</strong>{" "}
        {t("moderation.about", { name: named(chat, sanction.subject_id) })}
        {sanction.active && <span class="tag">{t("sanction.active")}</span>}
      </p>
      <p class="hint">
        {t("sanction.by", { name: by, time: shortMomentOf(sanction.created_at) })}
        {sanction.until !== null &&
          ` · ${t("sanction.until", { time: shortMomentOf(sanction.until) })}`}
      </p>
      <p>{sanction.reason}</p>
      {appeal !== null && (
        <blockquote class="quoted">
          <small>{t(`appeal.${appeal.state}`)}</small>
          <br />
          {appeal.text}
        </blockquote>
      )}
      {lifted !== null && (
        <p class="hint">
          {t("sanction.lifted", { time: shortMomentOf(lifted.at), why: lifted.reason })}
        </p>
      )}
      {children}
    </li>
  );
}
