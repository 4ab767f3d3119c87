import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../../api/http.ts";
import type { Session } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { say, sayError } from "../../state/notices.ts";

export function Sessions(): VNode {
  const [sessions, setSessions] = useState<readonly Session[]>([]);
  const read = () => {
    call<{ items: Session[] }>("GET", "/auth/sessions")
      .then(({ items }) => setSessions(items))
      .catch(sayError);
  };
  useEffect(read, []);
  const end = (path: string) => {
    call("DELETE", path)
      .then(() => {
        say(t("sessions.ended"));
        read();
      })
      .catch(sayError);
  };
  return (
    <section class="settings-section">
      <p class="hint">{t("sessions.text")}</p>
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
        <button type="button" class="button button-danger" onClick={() => end("/auth/sessions")}>
          {t("sessions.end_others")}
        </button>
      )}
    </section>
  );
}
