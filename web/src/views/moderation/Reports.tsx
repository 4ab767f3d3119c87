/** The queue of reports: one by one, or many at once. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Report, SanctionKind } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { plural, t } from "../../i18n/index.ts";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useRead } from "../../parts/useRead.ts";
import { useSubmit } from "../../parts/useSubmit.ts";
import { show } from "../../state/dialogs.ts";
import { say } from "../../state/notices.ts";
import type { Chat } from "../../sync/chat.ts";
import { named, useNames } from "./named.ts";

const PATH = "/api/v2/moderation/reports";
const MAX_AT_ONCE = 100; // Of one decision; the server's bound.
const DAY = 24 * 3600;

export function Reports({ chat }: { chat: Chat }): VNode {
  const read = useRead<{ items: Report[] }>(`${PATH}?state=open&limit=${MAX_AT_ONCE}`);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const reports = read.value?.items ?? [];
  useNames(
    chat,
    reports.flatMap((one) => [one.user_id, one.reporter_id]),
  );
  const choose = (id: number, isChosen: boolean): void => {
    const now = new Set(chosen);
    if (isChosen) now.add(id);
    else now.delete(id);
    setChosen(now);
  };
  const decided = (ids: ReadonlySet<number>): void => {
    read.set(({ items }) => ({ items: items.filter((one) => !ids.has(one.id)) }));
    setChosen(new Set());
    say(plural("moderation.decided", ids.size));
  };
  if (read.value === null) return <p class="loading">{read.error ?? t("loading")}</p>;
  if (reports.length === 0) return <p class="empty">{t("moderation.none")}</p>;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={chosen.size === reports.length}
          onChange={(event) => {
            const all = event.currentTarget.checked ? reports.map((one) => one.id) : [];
            setChosen(new Set(all));
          }}
        />
        {t("moderation.choose_all")}
      </label>
      <ul class="cards">
        {reports.map((one) => (
          <li key={one.id} class="card card-report">
            <ReportView
              chat={chat}
              report={one}
              isChosen={chosen.has(one.id)}
              onChoose={(isChosen) => choose(one.id, isChosen)}
            />
          </li>
        ))}
      </ul>
      {chosen.size > 0 && <Decide ids={chosen} onDone={() => decided(chosen)} />}
    </>
  );
}

interface ReportProps {
  chat: Chat;
  report: Report;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}

function ReportView({ chat, report, isChosen, onChoose }: ReportProps): VNode {
  const name = named(chat, report.user_id);
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isChosen}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
        <span>
          <strong>{t(`report.${report.reason}`)}</strong> {t("moderation.about", { name })}
          <small>
            {t("moderation.by", { name: named(chat, report.reporter_id) })} ·{" "}
            {shortMomentOf(report.created_at)}
          </small>
        </span>
      </label>
      {report.content !== null && <blockquote class="quoted">{report.content}</blockquote>}
      {report.comment !== "" && <p class="hint">{report.comment}</p>}
      <p class="card-actions">
        <button
          type="button"
          class="button"
          onClick={() =>
            show({ kind: "sanction", userId: report.user_id, name, conversationId: null })
          }
        >
          {t("message.sanction")}
        </button>
      </p>
    </>
  );
}

const CONSEQUENCES = ["none", "warning", "mute", "ban"] as const;
type Consequence = (typeof CONSEQUENCES)[number];

function Decide({ ids, onDone }: { ids: ReadonlySet<number>; onDone: () => void }): VNode {
  const [reason, setReason] = useState("");
  const [deletes, setDeletes] = useState(true);
  const [consequence, setConsequence] = useState<Consequence>("none");
  const [upheld, setUpheld] = useState(true);
  const form = useSubmit(async () => {
    const sanction =
      consequence === "none"
        ? undefined
        : {
            kind: consequence as SanctionKind,
            ...(consequence === "warning" ? {} : { seconds: DAY }),
          };
    const body = {
      ids: [...ids],
      upheld,
      reason,
      delete_messages: upheld && deletes,
      ...(upheld && sanction ? { sanction } : {}),
    };
    await call("POST", `${PATH}/decisions`, { body, key: newKey() });
    onDone();
  });
  return (
    <form class="decide" onSubmit={form.submit}>
      <h2>{plural("moderation.chosen", ids.size)}</h2>
      <Field
        label={t("moderation.reason")}
        required
        maxLength={500}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={deletes}
          onChange={(event) => setDeletes(event.currentTarget.checked)}
        />
        {t("moderation.deletes")}
      </label>
      <div class="field">
        <label for="consequence">{t("moderation.consequence")}</label>
        <select
          id="consequence"
          value={consequence}
          onChange={(event) => setConsequence(event.currentTarget.value as Consequence)}
        >
          {CONSEQUENCES.map((one) => (
            <option key={one} value={one}>
              {t(`moderation.then.${one}`)}
            </option>
          ))}
        </select>
      </div>
      <FormError text={form.error} />
      <footer class="dialog-foot">
        <button
          type="submit"
          class="button"
          disabled={form.isBusy}
          onClick={() => setUpheld(false)}
        >
          {t("moderation.dismiss")}
        </button>
        <button
          type="submit"
          class="button button-danger"
          disabled={form.isBusy}
          onClick={() => setUpheld(true)}
        >
          {t("moderation.uphold")}
        </button>
      </footer>
    </form>
  );
}
