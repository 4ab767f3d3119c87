/** What a sensitive change asks for once more: the password, and a code where two-factor is on. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { call } from "../../api/http.ts";
import type { StepUp } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Field } from "../../parts/Field.tsx";

export interface Proof {
  fields: VNode;
  /** Undefined where nothing is entered, which is enough right after signing in. */
  given: StepUp | undefined;
  /** Forget it: what it has proven holds for some minutes, and a code is good once. */
  clear: () => void;
  /** Have it proven before a call that takes no proof itself. Raises `Refusal`. */
  stepUp: () => Promise<void>;
}

export function useProof(needsCode: boolean): Proof {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const given = password === "" ? undefined : { password, ...(needsCode ? { code } : {}) };
  const clear = (): void => {
    setPassword("");
    setCode("");
  };
  const stepUp = async (): Promise<void> => {
    if (given === undefined) return;
    await call("POST", "/auth/step-up", { body: given });
    clear();
  };
  const fields = (
    <>
      <Field
        label={t("step_up.password")}
        hint={t("step_up.hint")}
        type="password"
        autocomplete="current-password"
        value={password}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      {needsCode && (
        <Field
          label={t("field.code")}
          autocomplete="one-time-code"
          value={code}
          onInput={(event) => setCode(event.currentTarget.value.trim())}
        />
      )}
    </>
  );
  return { fields, given, clear, stepUp };
}
