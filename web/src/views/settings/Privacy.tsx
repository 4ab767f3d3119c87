/** What others learn of one, whom one wants nothing from, and what was held against one. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Sanction } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { Avatar } from "../../parts/Avatar.tsx";
import { Toggle } from "../../parts/Choice.tsx";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useRead } from "../../parts/useRead.ts";
import { useSubmit } from "../../parts/useSubmit.ts";
import { blocks, unblock } from "../../state/blocks.ts";
import { nameOf } from "../../state/names.ts";
import { sayError } from "../../state/notices.ts";
import { preferences, setPreference } from "../../state/preferences.ts";

export function Privacy(): VNode {
  return (
    <>
      <section class="settings-section">
        <h2>{t("receipts.title")}</h2>
        <Toggle
          label={t("receipts.on")}
          hint={t("receipts.hint")}
          isOn={preferences.value.get("read_receipts") !== false}
          onChange={(isOn) => {
            setPreference("read_receipts", isOn).catch(sayError);
          }}
        />
      </section>
      <section class="settings-section">
        <h2>{t("blocks.title")}</h2>
        <p class="hint">{t("blocks.text")}</p>
        {blocks.value.length === 0 && <p class="hint">{t("blocks.none")}</p>}
        <ul class="cards">
          {blocks.value.map(({ user }) => (
            <li key={user.id} class="card">
              <Avatar id={user.id} name={nameOf(user)} />
              <span class="result-text">
                <strong>{nameOf(user)}</strong>
                <small>@{user.username}</small>
              </span>
              <button
                type="button"
                class="button"
                aria-label={t("blocks.end_one", { name: nameOf(user) })}
                onClick={() => {
                  unblock(user.id).catch(sayError);
                }}
              >
                {t("blocks.end")}
              </button>
            </li>
          ))}
        </ul>
      </section>
      <Conduct />
    </>
  );
}

function Conduct(): VNode | null {
  const own = useRead<{ items: Sanction[] }>("/api/v2/moderation/sanctions/mine?limit=50");
  if (own.value === null) return null;
  const change = (now: Sanction) =>
    own.set(({ items }) => ({ items: items.map((one) => (one.id === now.id ? now : one)) }));
  return (
    <section class="settings-section">
      <h2>{t("conduct.title")}</h2>
      {own.value.items.length === 0 && <p class="hint">{t("conduct.none")}</p>}
      <ul class="cards">
        {own.value.items.map((one) => (
          <li key={one.id} class="card card-report">
            <p>
              <strong>{t(`sanction.was.${one.kind}`)}</strong>
              {one.active && <span class="tag">{t("sanction.active")}</span>}
              <small> · {shortMomentOf(one.created_at)}</small>
              {one.until !== null && (
                <small> · {t("sanction.until", { time: shortMomentOf(one.until) })}</small>
              )}
            </p>
            <p>{one.reason}</p>
            {one.appeal === null ? (
              <Appeal sanction={one} onSent={change} />
            ) : (
              <p class="hint">
                {t(`appeal.${one.appeal.state}`)} {one.appeal.decision}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Appeal(props: { sanction: Sanction; onSent: (now: Sanction) => void }): VNode {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const form = useSubmit(async () => {
    const path = `/api/v2/moderation/sanctions/${props.sanction.id}/appeal`;
    props.onSent(await call<Sanction>("POST", path, { body: { text }, key: newKey() }));
  });
  if (!isOpen) {
    return (
      <button type="button" class="link-button" onClick={() => setOpen(true)}>
        {t("appeal.begin")}
      </button>
    );
  }
  return (
    <form onSubmit={form.submit}>
      <Field
        label={t("appeal.text")}
        required
        takesFocus
        maxLength={2000}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("appeal.send")}
      </button>
    </form>
  );
}
