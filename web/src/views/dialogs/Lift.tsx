/** Ending a sanction before its time, with the reason that is kept. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Sanction } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";

interface Props {
  sanction: Sanction;
  onDone: (now: Sanction) => void;
  onClose: () => void;
}

export function Lift({ sanction, onDone, onClose }: Props): VNode {
  const [reason, setReason] = useState("");
  const form = useSubmit(async () => {
    const path = `/api/v2/moderation/sanctions/${sanction.id}/lift`;
    onDone(await call<Sanction>("POST", path, { body: { reason }, key: newKey() }));
    onClose();
  });
  return (
    <Dialog title={t("sanction.lift")} onClose={onClose}>
      <form onSubmit={form.submit}>
        <Field
          label={t("sanction.lift_reason")}
          required
          takesFocus
          maxLength={500}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {t("sanction.lift")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
