/** What people say against a sanction of theirs; granting lifts it. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Sanction } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useRead } from "../../parts/useRead.ts";
import { useSubmit } from "../../parts/useSubmit.ts";
import type { Chat } from "../../sync/chat.ts";
import { SanctionCard, useSanctionNames } from "./SanctionCard.tsx";

const PATH = "/api/v2/moderation/sanctions";

export function Appeals({ chat }: { chat: Chat }): VNode {
  const read = useRead<{ items: Sanction[] }>(`${PATH}?appealed=true&limit=100`);
  useSanctionNames(chat, read.value?.items);
  const open = read.value?.items.filter((one) => one.appeal?.state === "open");
  const gone = (id: number) =>
    read.set(({ items }) => ({ items: items.filter((one) => one.id !== id) }));
  return (
    <>
      {read.value === null && <p class="loading">{read.error ?? t("loading")}</p>}
      {open?.length === 0 && <p class="empty">{t("appeal.none")}</p>}
      <ul class="cards">
        {open?.map((one) => (
          <SanctionCard key={one.id} chat={chat} sanction={one}>
            <Decide id={one.id} onDone={() => gone(one.id)} />
          </SanctionCard>
        ))}
      </ul>
    </>
  );
}

function Decide({ id, onDone }: { id: number; onDone: () => void }): VNode {
  const [reason, setReason] = useState("");
  const [granted, setGranted] = useState(false);
  const form = useSubmit(async () => {
    await call("POST", `${PATH}/${id}/decision`, { body: { granted, reason }, key: newKey() });
    onDone();
  });
  return (
    <form onSubmit={form.submit}>
      <Field
        label={t("moderation.reason")}
        required
        maxLength={500}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <FormError text={form.error} />
      <p class="card-actions">
        <button
          type="submit"
          class="button"
          disabled={form.isBusy}
          onClick={() => setGranted(false)}
        >
          {t("appeal.deny")}
        </button>
        <button
          type="submit"
          class="button button-primary"
          disabled={form.isBusy}
          onClick={() => setGranted(true)}
        >
          {t("appeal.grant")}
        </button>
      </p>
    </form>
  );
}
