/** The moderators' queue of reports. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Report } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { show } from "../../state/dialogs.ts";
import { nameOf } from "../../state/names.ts";
import { sayError, wordsFor } from "../../state/notices.ts";
import type { Chat } from "../../sync/chat.ts";
import { BackHome } from "../BackHome.tsx";

export default function Moderation({ chat }: { chat: Chat }): VNode {
  const [reports, setReports] = useState<readonly Report[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    call<{ items: Report[] }>("GET", "/api/v2/moderation/reports?state=open&limit=100")
      .then(({ items }) => setReports(items))
      .catch((refusal: unknown) => setError(wordsFor(refusal)));
  }, []);
  const decide = (report: Report, upheld: boolean): void => {
    const body = {
      ids: [report.id],
      upheld,
      reason: t(upheld ? "moderation.upheld" : "moderation.dismissed"),
      delete_messages: upheld,
    };
    call("POST", "/api/v2/moderation/reports/decisions", { body, key: newKey() })
      .then(() => setReports((held) => held?.filter((one) => one.id !== report.id) ?? null))
      .catch(sayError);
  };
  return (
    <div class="page">
      <header class="page-head">
        <BackHome />
        <h1>{t("moderation")}</h1>
      </header>
      {error !== null && <p class="banner banner-error">{error}</p>}
      {reports?.length === 0 && <p class="empty">{t("moderation.none")}</p>}
      <ul class="cards">
        {reports?.map((report) => (
          <li key={report.id} class="card card-report">
            <p>
              <strong>{t(`report.${report.reason}`)}</strong>{" "}
              {t("moderation.about", { name: named(chat, report.user_id) })}
              <small> · {shortMomentOf(report.created_at)}</small>
            </p>
            {report.content !== null && <blockquote class="quoted">{report.content}</blockquote>}
            {report.comment !== "" && <p class="hint">{report.comment}</p>}
            <p class="card-actions">
              <button type="button" class="button" onClick={() => decide(report, false)}>
                {t("moderation.dismiss")}
              </button>
              <button
                type="button"
                class="button"
                onClick={() =>
                  show({
                    kind: "sanction",
                    userId: report.user_id,
                    name: named(chat, report.user_id),
                    conversationId: null,
                  })
                }
              >
                {t("message.sanction")}
              </button>
              <button
                type="button"
                class="button button-danger"
                onClick={() => decide(report, true)}
              >
                {t("moderation.uphold")}
              </button>
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}

function named(chat: Chat, id: number): string {
  const person = chat.people.value.get(id);
  return person === undefined ? `#${id}` : nameOf(person);
}
