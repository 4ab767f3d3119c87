import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../../api/http.ts";
import { makePasskey, type Passkey } from "../../api/passkeys.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { say } from "../../state/notices.ts";
import { type Proof, useProof } from "./useProof.tsx";

/** The devices that sign in by themselves; adding and removing one asks who one is. */
export function Passkeys({ needsCode }: { needsCode: boolean }): VNode {
  const [passkeys, setPasskeys] = useState<readonly Passkey[]>([]);
  const proof = useProof(needsCode);
  const [name, setName] = useState("");
  const read = () => {
    call<{ items: Passkey[] }>("GET", "/auth/passkeys")
      .then(({ items }) => setPasskeys(items))
      .catch(() => {}); // A server without them: the form says why, if somebody tries.
  };
  useEffect(read, []);
  const form = useSubmit(async () => {
    if (!(await makePasskey(proof.given, name))) return;
    proof.clear();
    setName("");
    say(t("passkeys.added"));
    read();
  });
  return (
    <section class="settings-section">
      <h2>{t("passkeys.title")}</h2>
      <p class="hint">{t("passkeys.text")}</p>
      <ul class="cards">
        {passkeys.map((one) => (
          <PasskeyLine key={one.id} passkey={one} proof={proof} onGone={read} />
        ))}
      </ul>
      <form onSubmit={form.submit}>
        <Field
          label={t("passkeys.name")}
          required
          maxLength={64}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        {proof.fields}
        <FormError text={form.error} />
        <button type="submit" class="button button-primary" disabled={form.isBusy}>
          {t("passkeys.add")}
        </button>
      </form>
    </section>
  );
}

interface LineProps {
  passkey: Passkey;
  proof: Proof;
  onGone: () => void;
}

function PasskeyLine({ passkey, proof, onGone }: LineProps): VNode {
  const form = useSubmit(async () => {
    await proof.stepUp();
    await call("DELETE", `/auth/passkeys/${passkey.id}`);
    onGone();
  });
  return (
    <li class="card">
      <div class="result-text">
        <strong>{passkey.name}</strong>
        <small>{t("passkeys.since", { time: shortMomentOf(passkey.created_at) })}</small>
        <FormError text={form.error} />
      </div>
      <button
        type="button"
        class="button"
        aria-label={t("passkeys.remove_one", { name: passkey.name })}
        disabled={form.isBusy}
        onClick={form.submit}
      >
        {t("passkeys.remove")}
      </button>
    </li>
  );
}
