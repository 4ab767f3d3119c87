/** What opens the account: two-factor, passkeys, logins of a provider, the password. */
import type { TargetedSubmitEvent, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../../api/http.ts";
import { canUsePasskeys } from "../../api/passkeys.ts";
import type { Enrolment, SecondFactor } from "../../api/types.ts";
import { plural, t } from "../../i18n/index.ts";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { say, sayError } from "../../state/notices.ts";
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
        {state?.enabled && <Enabled left={state.backup_codes_left} onDone={read} />}
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
  if (codes !== null) return <BackupCodes lead={t("2fa.on")} codes={codes} onDone={onDone} />;
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

interface CodesProps {
  lead: string;
  codes: readonly string[];
  onDone: () => void;
}

function BackupCodes({ lead, codes, onDone }: CodesProps): VNode {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []); // The form that had the focus has gone.
  return (
    <div role="status">
      <p>
        <strong>{lead}</strong> {t("2fa.codes")}
      </p>
      <ul class="backup-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <button type="button" ref={button} class="button button-primary" onClick={onDone}>
        {t("2fa.kept")}
      </button>
    </div>
  );
}

/** New backup codes, or none of it any more: both ask for the password and a code. */
function Enabled({ left, onDone }: { left: number; onDone: () => void }): VNode {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const body = { password, code };
  const renewing = useSubmit(async () => {
    const answer = await call<{ backup_codes: string[] }>("POST", "/auth/2fa/backup-codes", {
      body,
    });
    setPassword("");
    setCode(""); // It is good once.
    setCodes(answer.backup_codes);
  });
  const ending = useSubmit(async () => {
    await call("POST", "/auth/2fa/disable", { body });
    onDone();
  });
  if (codes !== null) {
    const kept = (): void => {
      setCodes(null);
      onDone();
    };
    return <BackupCodes lead={t("2fa.renewed")} codes={codes} onDone={kept} />;
  }
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    const isEnding = event.submitter?.getAttribute("value") === "end";
    (isEnding ? ending : renewing).submit(event);
  };
  const isBusy = renewing.isBusy || ending.isBusy;
  return (
    <form onSubmit={submit}>
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
      <FormError text={renewing.error ?? ending.error} />
      <p class="card-actions">
        <button type="submit" class="button" disabled={isBusy}>
          {t("2fa.renew")}
        </button>
        <button type="submit" value="end" class="button button-danger" disabled={isBusy}>
          {t("2fa.disable")}
        </button>
      </p>
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
