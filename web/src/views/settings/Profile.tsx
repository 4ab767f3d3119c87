/** Who one is to the others: a name, a status, a picture. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { FileCard, User } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { type Key, t } from "../../i18n/index.ts";
import { Avatar } from "../../parts/Avatar.tsx";
import { Choice } from "../../parts/Choice.tsx";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { nameOf } from "../../state/names.ts";
import { say, sayError } from "../../state/notices.ts";
import { signOut } from "../../state/session.ts";
import type { Chat } from "../../sync/chat.ts";

const MAX_STATUS_CHARS = 128; // The server's bounds.
const MAX_NAME_CHARS = 64;
const HOUR_MS = 3600_000;
const SCAN_MS = 500;
const MAX_SCANS = 40; // Some 20 s: a picture is examined before it is anybody's.

export function Profile({ chat }: { chat: Chat }): VNode {
  const me = chat.me.value;
  return (
    <>
      <section class="settings-section">
        <div class="profile">
          <Avatar id={me.id} name={nameOf(me)} size="large" />
          <div>
            <h2>{nameOf(me)}</h2>
            <p>
              @{me.username} · {t("profile.role", { role: roleOf(me) })}
            </p>
            <p class="hint">{t("profile.since", { time: shortMomentOf(me.created_at) })}</p>
            <Picture chat={chat} me={me} />
          </div>
        </div>
        <Words key={me.display_name + me.status_text} chat={chat} me={me} />
      </section>
      <section class="settings-section">
        <button
          type="button"
          class="button"
          onClick={() => {
            signOut().catch(sayError);
          }}
        >
          {t("sign_out")}
        </button>
      </section>
    </>
  );
}

const ROLES: Readonly<Record<string, Key>> = {
  admin: "profile.role.admin",
  moderator: "profile.role.moderator",
  user: "profile.role.user",
  guest: "profile.role.guest",
};

/** Servers may have roles of their own, under names of their own. */
function roleOf({ role }: User): string {
  const known = ROLES[role];
  return known === undefined ? role : t(known);
}

type Lasting = "hour" | "day" | "ever";

function Words({ chat, me }: { chat: Chat; me: User }): VNode {
  const [name, setName] = useState(me.display_name);
  const [status, setStatus] = useState(me.status_text ?? "");
  const [lasting, setLasting] = useState<Lasting>("ever");
  const form = useSubmit(async () => {
    const body = {
      ...(name === me.display_name ? {} : { display_name: name }),
      status_text: status === "" ? null : status,
      ...(status === "" ? {} : { status_until: endOf(lasting) }),
    };
    chat.heard({
      type: "user_updated",
      data: await call<User>("PATCH", "/api/v2/me", { body, key: newKey() }),
    });
    say(t("profile.saved"));
  });
  return (
    <form onSubmit={form.submit}>
      <Field
        label={t("profile.name")}
        required
        maxLength={MAX_NAME_CHARS}
        autocomplete="nickname"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Field
        label={t("profile.status")}
        maxLength={MAX_STATUS_CHARS}
        hint={me.status_until ? t("profile.until", { time: shortMomentOf(me.status_until) }) : ""}
        value={status}
        onInput={(event) => setStatus(event.currentTarget.value)}
      />
      {status !== "" && (
        <Choice<Lasting>
          legend={t("profile.lasting")}
          value={lasting}
          options={[
            ["hour", t("sanction.hour")],
            ["day", t("sanction.day")],
            ["ever", t("profile.ever")],
          ]}
          onChoose={setLasting}
        />
      )}
      <FormError text={form.error} />
      <button type="submit" class="button button-primary" disabled={form.isBusy}>
        {t("save")}
      </button>
    </form>
  );
}

function endOf(lasting: Lasting): string | null {
  if (lasting === "ever") return null;
  return new Date(Date.now() + HOUR_MS * (lasting === "hour" ? 1 : 24)).toISOString();
}

function Picture({ chat, me }: { chat: Chat; me: User }): VNode {
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const change = (work: () => Promise<void>): void => {
    setBusy(true);
    work()
      .then(async () => {
        chat.heard({ type: "user_updated", data: await call<User>("GET", "/api/v2/me") });
      })
      .catch(sayError)
      .finally(() => setBusy(false));
  };
  return (
    <p class="card-actions">
      <button type="button" class="button" disabled={isBusy} onClick={() => input.current?.click()}>
        {isBusy ? t("loading") : t("profile.picture")}
      </button>
      {me.avatar_url && (
        <button
          type="button"
          class="button"
          disabled={isBusy}
          onClick={() => change(() => call("DELETE", "/api/v2/me/avatar", { key: newKey() }))}
        >
          {t("profile.no_picture")}
        </button>
      )}
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (file !== undefined) change(() => wear(file));
        }}
      />
    </p>
  );
}

/** Bring a picture, wait until it is found to be harmless, and have it stand for oneself. */
async function wear(file: File): Promise<void> {
  const path = `/api/v2/files?name=${encodeURIComponent(file.name)}`;
  let card = await call<FileCard>("POST", path, { raw: file, key: newKey() });
  for (let n = 0; card.status === "quarantined" && n < MAX_SCANS; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, SCAN_MS));
    card = await call<FileCard>("GET", `/api/v2/files/${card.id}`);
  }
  await call("PUT", "/api/v2/me/avatar", { body: { file_id: card.id }, key: newKey() });
}
