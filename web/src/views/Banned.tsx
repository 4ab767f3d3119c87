/** What who is banned can do at the door: read why and for how long, and appeal once. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, newKey } from "../api/http.ts";
import type { Sanction } from "../api/types.ts";
import { shortMomentOf } from "../i18n/dates.ts";
import { t } from "../i18n/index.ts";
import { Field } from "../parts/Field.tsx";
import { FormError } from "../parts/FormError.tsx";
import { useSubmit } from "../parts/useSubmit.ts";

/** What the login was refused with; it proves who appeals. */
interface Props {
  username: string;
  password: string;
  code?: string;
}

export default function Banned(proof: Props): VNode {
  const [ban, setBan] = useState<Sanction | null>(null);
  const [text, setText] = useState("");
  const ask = async (more: { text?: string }): Promise<void> => {
    const body = { ...proof, ...more };
    const options = { body, key: newKey(), anonymous: true };
    setBan(await call<Sanction>("POST", "/api/v2/moderation/appeals", options));
  };
  useEffect(() => {
    ask({}).catch(() => {}); // That one is banned is said already.
  }, []);
  const form = useSubmit(() => ask({ text }));
  return (
    <form onSubmit={form.submit}>
      <h2>{t("door.banned")}</h2>
      {ban !== null && (
        <blockquote class="quoted">
          {ban.reason}
          {ban.until !== null && (
            <small> · {t("sanction.until", { time: shortMomentOf(ban.until) })}</small>
          )}
        </blockquote>
      )}
      {ban?.appeal && <p role="status">{t(`appeal.${ban.appeal.state}`)}</p>}
      {ban?.appeal === null && (
        <>
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
        </>
      )}
    </form>
  );
}
