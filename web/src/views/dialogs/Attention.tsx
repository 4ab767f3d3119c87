/** Of what of one conversation one wants to be told, and for how long not at all. */
import type { VNode } from "preact";
import { call, newKey } from "../../api/http.ts";
import { inOrder } from "../../api/inOrder.ts";
import type { Conversation, Attention as Held } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { Choice } from "../../parts/Choice.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useRead } from "../../parts/useRead.ts";
import { titleOf } from "../../state/names.ts";
import { sayError } from "../../state/notices.ts";

const HOUR_MS = 3600_000;
const TIMES = [
  ["hour", HOUR_MS],
  ["day", 24 * HOUR_MS],
  ["week", 7 * 24 * HOUR_MS],
] as const;

export function Attention({ room, onClose }: { room: Conversation; onClose: () => void }): VNode {
  const path = `/api/v2/conversations/${encodeURIComponent(room.id)}/notifications`;
  const kept = useRead<Held>(path);
  const change = (over: Partial<Held>): void => {
    if (kept.value === null) return;
    const body = { ...kept.value, ...over };
    kept.set(() => body);
    inOrder(path, () => call("PUT", path, { body, key: newKey() })).catch((error: unknown) => {
      sayError(error);
      kept.again();
    });
  };
  const muted = kept.value?.muted_until ?? null;
  const isMuted = muted !== null && Date.parse(muted) > Date.now();
  return (
    <Dialog title={t("attention.title", { name: titleOf(room) })} onClose={onClose}>
      {kept.value === null && <p class="loading">{kept.error ?? t("loading")}</p>}
      {kept.value !== null && (
        <>
          <Choice<Held["level"]>
            legend={t("attention.level")}
            value={kept.value.level}
            options={[
              [null, t("attention.default")],
              ["all", t("notify.all")],
              ["mentions", t("notify.mentions")],
              ["none", t("notify.off")],
            ]}
            onChoose={(level) => change({ level })}
          />
          <p class="strong">{t("attention.mute")}</p>
          {isMuted && <p class="hint">{t("attention.muted", { time: shortMomentOf(muted) })}</p>}
          <p class="card-actions">
            {TIMES.map(([name, ms]) => (
              <button
                key={name}
                type="button"
                class="button"
                onClick={() => change({ muted_until: new Date(Date.now() + ms).toISOString() })}
              >
                {t(`sanction.${name}`)}
              </button>
            ))}
            {isMuted && (
              <button type="button" class="button" onClick={() => change({ muted_until: null })}>
                {t("attention.unmute")}
              </button>
            )}
          </p>
        </>
      )}
      <FormError text={kept.value === null ? null : kept.error} />
    </Dialog>
  );
}
