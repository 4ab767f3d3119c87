/** The door: sign in, sign up, the second factor, a forgotten password. */
import type { VNode } from "preact";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { call } from "../api/http.ts";
import { canUsePasskeys } from "../api/passkeys.ts";
import { asRefusal } from "../api/refusal.ts";
import { inOwnWords, t } from "../i18n/index.ts";
import { Field } from "../parts/Field.tsx";
import { FormError } from "../parts/FormError.tsx";
import { Icon } from "../parts/Icon.tsx";
import { LanguageSwitch } from "../parts/LanguageSwitch.tsx";
import { useSubmit } from "../parts/useSubmit.ts";
import { backFrom } from "../state/oidc.ts";
import { endedBecause, signIn, signInByPasskey, signUp } from "../state/session.ts";

const Provider = lazy(() => import("./Provider.tsx"));
const Banned = lazy(() => import("./Banned.tsx"));

type Mode = "in" | "up" | "forgotten" | "back";

// Both refusals that speak of it are `forbidden`, like that of a server which takes nobody.
const NEEDS_INVITATION = "Registration on this server needs an invitation";

export function SignIn(): VNode {
  const [mode, setMode] = useState<Mode>(() => {
    if (backFrom() === "login") return "back";
    return invitedBy() === null ? "in" : "up";
  });
  useEffect(() => {
    document.title = "Causerie";
  }, []);
  return (
    <main class="door">
      <div class="door-card">
        <div class="brand">
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <h1>Causerie</h1>
        </div>
        {endedBecause.value === "banned" && <p class="banner banner-error">{t("door.banned")}</p>}
        {endedBecause.value === "login" && <p class="banner">{t("door.ended")}</p>}
        {mode === "in" && <In key="in" onForgotten={() => setMode("forgotten")} />}
        {mode === "up" && <Up key="up" />}
        {mode === "forgotten" && <Forgotten key="forgotten" />}
        {mode === "back" && <ByProvider isBack onFailed={() => setMode("in")} />}
        <p class="door-other">
          {mode === "in" ? t("door.no_account") : t("door.has_account")}{" "}
          <button
            type="button"
            class="link-button"
            onClick={() => setMode(mode === "in" ? "up" : "in")}
          >
            {mode === "in" ? t("door.sign_up") : t("door.sign_in")}
          </button>
        </p>
      </div>
      <LanguageSwitch />
    </main>
  );
}

function In({ onForgotten }: { onForgotten: () => void }): VNode {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState<string | null>(null);
  const form = useSubmit(async () => {
    try {
      await signIn(username, password, code ?? undefined);
    } catch (error) {
      if (asRefusal(error).code !== "two_factor_required") throw error;
      setCode("");
    }
  });
  if (form.refusal?.code === "banned") {
    const proof = { username, password, ...(code === null ? {} : { code }) };
    return (
      <Suspense fallback={<p class="loading">{t("loading")}</p>}>
        <Banned {...proof} />
      </Suspense>
    );
  }
  return (
    <form onSubmit={form.submit}>
      <h2>{code === null ? t("door.sign_in") : t("door.second_factor")}</h2>
      {code === null ? (
        <>
          <Field
            label={t("field.username")}
            name="username"
            autocomplete="username webauthn"
            autocapitalize="none"
            spellcheck={false}
            required
            takesFocus
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
          <Field
            label={t("field.password")}
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </>
      ) : (
        <Field
          label={t("field.code")}
          hint={t("door.code_hint")}
          name="code"
          autocomplete="one-time-code"
          autocapitalize="none"
          spellcheck={false}
          required
          takesFocus
          value={code}
          onInput={(event) => setCode(event.currentTarget.value.trim())}
        />
      )}
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("door.sign_in")}
      </button>
      {code === null && canUsePasskeys() && <ByPasskey />}
      {code === null && <ByProvider isBack={false} onFailed={() => {}} />}
      {code === null && (
        <button type="button" class="link-button" onClick={onForgotten}>
          {t("door.forgotten")}
        </button>
      )}
    </form>
  );
}

function ByProvider(props: { isBack: boolean; onFailed: () => void }): VNode {
  return (
    <Suspense fallback={null}>
      <Provider {...props} />
    </Suspense>
  );
}

function ByPasskey(): VNode {
  const form = useSubmit(signInByPasskey);
  return (
    <>
      <button type="button" class="button" disabled={form.isBusy} onClick={form.submit}>
        <Icon name="key" size={18} />
        {t("door.passkey")}
      </button>
      <FormError text={form.error} />
    </>
  );
}

function Up(): VNode {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [email, setEmail] = useState("");
  const [invitation, setInvitation] = useState(invitedBy);
  const form = useSubmit(async () => {
    try {
      await signUp(username, password, email, invitation ?? "");
      history.replaceState(null, "", location.pathname); // The code of a link is spent.
    } catch (error) {
      if (asRefusal(error).message !== NEEDS_INVITATION) throw error;
      setInvitation("");
    }
  });
  const wrong = (name: string) => {
    const found = form.refusal?.fields.find((one) => one.field === name)?.message;
    return found && (inOwnWords(found) ?? t("error.invalid"));
  };
  const isAtField = (form.refusal?.fields.length ?? 0) > 0;
  // That one may not is not all there is to say here: the server is closed, or the invitation is void.
  const isForbidden = form.refusal?.code === "forbidden";
  const reason = isForbidden ? inOwnWords(form.refusal?.message ?? "") : null;
  return (
    <form onSubmit={form.submit}>
      <h2>{t("door.sign_up")}</h2>
      <Field
        label={t("field.username")}
        hint={t("door.username_hint")}
        name="username"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        required
        maxLength={32}
        pattern="[A-Za-z0-9_.\-]{1,32}"
        error={wrong("username")}
        value={username}
        onInput={(event) => setUsername(event.currentTarget.value)}
      />
      <Field
        label={t("field.password")}
        hint={t("door.password_hint")}
        name="password"
        type="password"
        autocomplete="new-password"
        required
        minLength={8}
        maxLength={128}
        error={wrong("password")}
        value={password}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      <Field
        label={t("field.email")}
        hint={t("door.email_hint")}
        name="email"
        type="email"
        autocomplete="email"
        error={wrong("email")}
        value={email}
        onInput={(event) => setEmail(event.currentTarget.value)}
      />
      {invitation !== null && (
        <Field
          label={t("field.invitation")}
          hint={t("door.invitation_hint")}
          name="invitation"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
          takesFocus={invitation === ""}
          value={invitation}
          onInput={(event) => setInvitation(event.currentTarget.value.trim())}
        />
      )}
      <FormError text={isAtField ? null : (reason ?? form.error)} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("door.sign_up")}
      </button>
    </form>
  );
}

/** The code in a link that invites, `/#invitation=CODE`: what is behind the # reaches no log. */
function invitedBy(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get("invitation");
}

function Forgotten(): VNode {
  const [account, setAccount] = useState("");
  const [isSent, setSent] = useState(false);
  const form = useSubmit(async () => {
    try {
      await call("POST", "/auth/password/forgot", { body: { account }, anonymous: true });
      setSent(true);
    } catch (error) {
      if (asRefusal(error).code === "unsupported") throw new Error(t("door.no_mail"));
      throw error;
    }
  });
  if (isSent) return <p role="status">{t("door.letter_sent")}</p>;
  return (
    <form onSubmit={form.submit}>
      <h2>{t("door.forgotten")}</h2>
      <Field
        label={t("field.account")}
        name="account"
        autocomplete="username"
        required
        value={account}
        onInput={(event) => setAccount(event.currentTarget.value)}
      />
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("door.send_letter")}
      </button>
    </form>
  );
}
