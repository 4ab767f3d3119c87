/** The door's second wing: signing in through the provider of one's organisation, where there is one. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { asRefusal } from "../api/refusal.ts";
import { t } from "../i18n/index.ts";
import { Field } from "../parts/Field.tsx";
import { FormError } from "../parts/FormError.tsx";
import { Icon } from "../parts/Icon.tsx";
import { useOffered } from "../parts/useOffered.ts";
import { useSubmit } from "../parts/useSubmit.ts";
import { sayError } from "../state/notices.ts";
import { finishOidc, leaveToSignIn } from "../state/oidc.ts";
import { go } from "../state/route.ts";

interface Props {
  /** Whether one comes back from there. */
  isBack: boolean;
  onFailed: () => void;
}

export default function Provider({ isBack, onFailed }: Props): VNode | null {
  return isBack ? <Back onFailed={onFailed} /> : <Away />;
}

function Away(): VNode | null {
  const isThere = useOffered();
  const form = useSubmit(leaveToSignIn);
  if (!isThere) return null;
  return (
    <>
      <button type="button" class="button wide" disabled={form.isBusy} onClick={form.submit}>
        <Icon name="people" size={18} />
        {t("door.provider")}
      </button>
      {form.error !== null && <FormError text={form.error} />}
    </>
  );
}

function Back({ onFailed }: { onFailed: () => void }): VNode {
  const [code, setCode] = useState<string | null>(null);
  useEffect(() => {
    finishOidc().catch((error: unknown) => {
      if (asRefusal(error).code === "two_factor_required") {
        setCode("");
        return;
      }
      sayError(error);
      go("/", "replace");
      onFailed();
    });
  }, []);
  const form = useSubmit(() => finishOidc(code ?? ""));
  if (code === null) return <p class="loading">{t("loading")}</p>;
  return (
    <form onSubmit={form.submit}>
      <h2>{t("door.second_factor")}</h2>
      <Field
        label={t("field.code")}
        hint={t("door.code_hint")}
        autocomplete="one-time-code"
        required
        takesFocus
        value={code}
        onInput={(event) => setCode(event.currentTarget.value.trim())}
      />
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("door.sign_in")}
      </button>
    </form>
  );
}
