/** Files that were held back; who knows that one is harmless lets it through. */
import type { VNode } from "preact";
import { call, newKey } from "../../api/http.ts";
import type { HeldFile } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { Icon } from "../../parts/Icon.tsx";
import { useRead } from "../../parts/useRead.ts";
import { sayError } from "../../state/notices.ts";
import type { Chat } from "../../sync/chat.ts";
import { sizeOf } from "../Attachments.tsx";
import { named, useNames } from "./named.ts";

const PATH = "/api/v2/moderation/files";

export function Files({ chat }: { chat: Chat }): VNode {
  const read = useRead<{ items: HeldFile[] }>(`${PATH}?limit=100`);
  useNames(chat, read.value?.items.map((one) => one.uploader_id) ?? []);
  const release = (id: number): void => {
    call("POST", `${PATH}/${id}/release`, { key: newKey() })
      .then(() => read.set(({ items }) => ({ items: items.filter((one) => one.id !== id) })))
      .catch(sayError);
  };
  return (
    <>
      {read.value === null && <p class="loading">{read.error ?? t("loading")}</p>}
      {read.value?.items.length === 0 && <p class="empty">{t("files.none")}</p>}
      <ul class="cards">
        {read.value?.items.map((one) => (
          <li key={one.id} class="card">
            <Icon name="warn" />
            <span class="result-text">
              <strong>{one.name}</strong>
              <small>
                {[
                  t("moderation.by", { name: named(chat, one.uploader_id) }),
                  sizeOf(one.size),
                  shortMomentOf(one.created_at),
                  one.reason,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </small>
            </span>
            <button type="button" class="button" onClick={() => release(one.id)}>
              {t("files.release")}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
