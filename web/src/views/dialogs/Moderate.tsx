/** Telling the moderators, and what moderators do about somebody. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Message, Report as Reported, SanctionKind } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { say } from "../../state/notices.ts";

const REASONS: readonly Reported["reason"][] = ["spam", "abuse", "harassment", "illegal", "other"];

export function Report({ message, onClose }: { message: Message; onClose: () => void }): VNode {
  const [reason, setReason] = useState<Reported["reason"]>("spam");
  const [comment, setComment] = useState("");
  const form = useSubmit(async () => {
    const body = { reason, message_id: message.id, comment };
    await call("POST", "/api/v2/moderation/reports", { body, key: newKey() });
    say(t("report.done"));
    onClose();
  });
  return (
    <Dialog title={t("message.report")} onClose={onClose}>
      <form onSubmit={form.submit}>
        <fieldset class="choices">
          <legend>{t("report.why")}</legend>
          {REASONS.map((one) => (
            <label key={one} class="check">
              <input
                type="radio"
                name="reason"
                checked={one === reason}
                onChange={() => setReason(one)}
              />
              {t(`report.${one}`)}
            </label>
          ))}
        </fieldset>
        <Field
          label={t("report.comment")}
          maxLength={1000}
          value={comment}
          onInput={(event) => setComment(event.currentTarget.value)}
        />
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {t("report.send")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

const HOUR = 3600;
const TIMES: readonly [number | null, "hour" | "day" | "week" | "ever"][] = [
  [HOUR, "hour"],
  [24 * HOUR, "day"],
  [7 * 24 * HOUR, "week"],
  [null, "ever"],
];

interface SanctionProps {
  userId: number;
  name: string;
  conversationId: string | null;
  onClose: () => void;
}

export function Sanction({ userId, name, conversationId, onClose }: SanctionProps): VNode {
  const [kind, setKind] = useState<SanctionKind>("warning");
  const [seconds, setSeconds] = useState<number | null>(HOUR);
  const [reason, setReason] = useState("");
  const kinds: SanctionKind[] = ["warning", "mute", "ban"];
  if (conversationId !== null) kinds.splice(2, 0, "kick");
  const lasts = kind === "mute" || kind === "ban";
  const form = useSubmit(async () => {
    const body = {
      user_id: userId,
      kind,
      reason,
      ...(lasts && seconds !== null ? { seconds } : {}),
      ...(kind === "kick" ? { conversation_id: conversationId } : {}),
    };
    await call("POST", "/api/v2/moderation/sanctions", { body, key: newKey() });
    say(t("sanction.done"));
    onClose();
  });
  return (
    <Dialog title={t("sanction.title", { name })} onClose={onClose}>
      <form onSubmit={form.submit}>
        <fieldset class="choices">
          <legend>{t("sanction.kind")}</legend>
          {kinds.map((one) => (
            <label key={one} class="check">
              <input
                type="radio"
                name="kind"
                checked={one === kind}
                onChange={() => setKind(one)}
              />
              {t(`sanction.${one}`)}
            </label>
          ))}
        </fieldset>
        {lasts && (
          <fieldset class="choices">
            <legend>{t("sanction.how_long")}</legend>
            {TIMES.map(([value, label]) => (
              <label key={label} class="check">
                <input
                  type="radio"
                  name="seconds"
                  checked={value === seconds}
                  onChange={() => setSeconds(value)}
                />
                {t(`sanction.${label}`)}
              </label>
            ))}
          </fieldset>
        )}
        <Field
          label={t("sanction.reason")}
          required
          maxLength={500}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="submit" class="button button-danger" disabled={form.isBusy}>
            {t("sanction.impose")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
