import type { VNode } from "preact";
import { call } from "../../api/http.ts";
import type { SecondFactor, Session } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { FormError } from "../../parts/FormError.tsx";
import { useRead } from "../../parts/useRead.ts";
import { say, sayError } from "../../state/notices.ts";
import { useProof } from "./useProof.tsx";

export function Sessions(): VNode {
  const held = useRead<{ items: Session[] }>("/auth/sessions");
  const factor = useRead<SecondFactor>("/auth/2fa");
  const proof = useProof(factor.value?.enabled ?? false);
  const sessions = held.value?.items ?? [];
  const end = (path: string) => {
    proof
      .stepUp()
      .then(() => call("DELETE", path))
      .then(() => {
        say(t("sessions.ended"));
        held.again();
      })
      .catch(sayError);
  };
  return (
    <section class="settings-section">
      <p class="hint">{t("sessions.text")}</p>
      <FormError text={held.error} />
      <ul class="cards">
        {sessions.map((session) => (
          <li key={session.id} class="card">
            <div class="result-text">
              <strong>
                {session.device_name}
                {session.current && <span class="tag">{t("sessions.this")}</span>}
              </strong>
              <small>
                {session.ip} ·{" "}
                {t("sessions.active", { time: shortMomentOf(session.last_active_at) })}
              </small>
            </div>
            {!session.current && (
              <button
                type="button"
                class="button"
                aria-label={t("sessions.end_one", { name: session.device_name })}
                onClick={() => end(`/auth/sessions/${encodeURIComponent(session.id)}`)}
              >
                {t("sessions.end")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <>
          {proof.fields}
          <button type="button" class="button button-danger" onClick={() => end("/auth/sessions")}>
            {t("sessions.end_others")}
          </button>
        </>
      )}
    </section>
  );
}
