/** What opens the account: two-factor, passkeys, logins of a provider, the password. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../../api/http.ts";
import { canUsePasskeys } from "../../api/passkeys.ts";
import type { Enrolment, SecondFactor } from "../../api/types.ts";
import { plural, t } from "../../i18n/index.ts";
import { Field } from "../../parts/Field.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { say, sayError } from "../../state/notices.ts";
import { FormError } from "../SignIn.tsx";
import { Identities } from "./Identities.tsx";
import { Passkeys } from "./Passkeys.tsx";

export function Security(): VNode {
  const [state, setState] = useState<SecondFactor | null>(null);
  const read = () => {
    call<SecondFactor>("GET", "/auth/2fa").then(setState).catch(sayError);
  };
  useEffect(read, []);
  const needsCode = state?.enabled ?? false;
  return (
    <>
      <section class="settings-section">
        <h2>{t("2fa")}</h2>
        <p class="hint">{t("2fa.text")}</p>
        {state?.enabled === false && <Enable onDone={read} />}
        {state?.enabled && <Disable left={state.backup_codes_left} onDone={read} />}
      </section>
      {canUsePasskeys() && <Passkeys needsCode={needsCode} />}
      <Identities needsCode={needsCode} />
      <section class="settings-section">
        <h2>{t("password.change")}</h2>
        <Password needsCode={needsCode} />
      </section>
    </>
  );
}

function Enable({ onDone }: { onDone: () => void }): VNode {
  const [password, setPassword] = useState("");
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const form = useSubmit(async () => {
    setEnrolment(await call<Enrolment>("POST", "/auth/2fa/enable", { body: { password } }));
  });
  if (enrolment !== null) return <Verify enrolment={enrolment} onDone={onDone} />;
  return (
    <form onSubmit={form.submit}>
      <Field
        label={t("field.password")}
        type="password"
        autocomplete="current-password"
        required
        value={password}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("2fa.enable")}
      </button>
    </form>
  );
}

function Verify({ enrolment, onDone }: { enrolment: Enrolment; onDone: () => void }): VNode {
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const form = useSubmit(async () => {
    const body = { code };
    const answer = await call<{ backup_codes: string[] }>("POST", "/auth/2fa/verify", { body });
    setCodes(answer.backup_codes);
  });
  if (codes !== null) return <BackupCodes codes={codes} onDone={onDone} />;
  return (
    <form onSubmit={form.submit}>
      <p>{t("2fa.scan")}</p>
      <img
        class="qr"
        alt={t("2fa.qr")}
        width="200"
        height="200"
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr_svg)}`}
      />
      <p>
        {t("2fa.secret")} <code class="secret">{enrolment.secret}</code>
      </p>
      <Field
        label={t("field.code")}
        takesFocus
        inputMode="numeric"
        autocomplete="one-time-code"
        required
        value={code}
        onInput={(event) => setCode(event.currentTarget.value.trim())}
      />
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("2fa.verify")}
      </button>
    </form>
  );
}

function BackupCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }): VNode {
  return (
    <div role="status">
      <p>{t("2fa.codes")}</p>
      <ul class="backup-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <button type="button" class="button button-primary" onClick={onDone}>
        {t("2fa.kept")}
      </button>
    </div>
  );
}

function Disable({ left, onDone }: { left: number; onDone: () => void }): VNode {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const form = useSubmit(async () => {
    await call("POST", "/auth/2fa/disable", { body: { password, code } });
    onDone();
  });
  return (
    <form onSubmit={form.submit}>
      <p>
        <strong>{t("2fa.on")}</strong> {plural("2fa.left", left)}
      </p>
      <Field
        label={t("field.password")}
        type="password"
        autocomplete="current-password"
        required
        value={password}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      <Field
        label={t("field.code")}
        autocomplete="one-time-code"
        required
        value={code}
        onInput={(event) => setCode(event.currentTarget.value.trim())}
      />
      <FormError text={form.error} />
      <button type="submit" class="button button-danger" disabled={form.isBusy}>
        {t("2fa.disable")}
      </button>
    </form>
  );
}

function Password({ needsCode }: { needsCode: boolean }): VNode {
  const [now, setNow] = useState("");
  const [next, setNext] = useState("");
  const [code, setCode] = useState("");
  const form = useSubmit(async () => {
    const body = { current_password: now, new_password: next, ...(needsCode ? { code } : {}) };
    await call("POST", "/auth/password", { body });
    setNow("");
    setNext("");
    setCode("");
    say(t("password.changed"));
  });
  return (
    <form onSubmit={form.submit}>
      <Field
        label={t("password.now")}
        type="password"
        autocomplete="current-password"
        required
        value={now}
        onInput={(event) => setNow(event.currentTarget.value)}
      />
      <Field
        label={t("password.new")}
        hint={t("door.password_hint")}
        type="password"
        autocomplete="new-password"
        minLength={8}
        maxLength={128}
        required
        value={next}
        onInput={(event) => setNext(event.currentTarget.value)}
      />
      {needsCode && (
        <Field
          label={t("field.code")}
          autocomplete="one-time-code"
          required
          value={code}
          onInput={(event) => setCode(event.currentTarget.value.trim())}
        />
      )}
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("password.change")}
      </button>
    </form>
  );
}
