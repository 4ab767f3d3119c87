import type { VNode } from "preact";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { Avatar } from "../../parts/Avatar.tsx";
import { nameOf } from "../../state/names.ts";
import { sayError } from "../../state/notices.ts";
import { signOut } from "../../state/session.ts";
import type { Chat } from "../../sync/chat.ts";

export function Profile({ chat }: { chat: Chat }): VNode {
  const me = chat.me.value;
  return (
    <section class="settings-section">
      <div class="profile">
        <Avatar id={me.id} name={nameOf(me)} size="large" />
        <div>
          <h2>{nameOf(me)}</h2>
          <p>
            @{me.username} · {t("profile.role", { role: me.role })}
          </p>
          <p class="hint">{t("profile.since", { time: shortMomentOf(me.created_at) })}</p>
        </div>
      </div>
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
  );
}
