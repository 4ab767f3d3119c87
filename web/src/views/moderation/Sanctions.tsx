/** What was imposed, on whom and why; what holds can be lifted. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Sanction } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { useRead } from "../../parts/useRead.ts";
import { show } from "../../state/dialogs.ts";
import type { Chat } from "../../sync/chat.ts";
import { SanctionCard, useSanctionNames } from "./SanctionCard.tsx";

const SHOWN = 100;

export function Sanctions({ chat }: { chat: Chat }): VNode {
  const [isActiveOnly, setActiveOnly] = useState(true);
  const filter = isActiveOnly ? "active=true&" : "";
  const read = useRead<{ items: Sanction[] }>(
    `/api/v2/moderation/sanctions?${filter}limit=${SHOWN}`,
  );
  useSanctionNames(chat, read.value?.items);
  const change = (now: Sanction) =>
    read.set(({ items }) => ({ items: items.map((one) => (one.id === now.id ? now : one)) }));
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isActiveOnly}
          onChange={(event) => setActiveOnly(event.currentTarget.checked)}
        />
        {t("sanction.active_only")}
      </label>
      {read.value === null && <p class="loading">{read.error ?? t("loading")}</p>}
      {read.value?.items.length === 0 && <p class="empty">{t("sanction.none")}</p>}
      <ul class="cards">
        {read.value?.items.map((one) => (
          <SanctionCard key={one.id} chat={chat} sanction={one}>
            {one.active && (
              <p class="card-actions">
                <button
                  type="button"
                  class="button"
                  onClick={() => show({ kind: "lift", sanction: one, onDone: change })}
                >
                  {t("sanction.lift")}
                </button>
              </p>
            )}
          </SanctionCard>
        ))}
      </ul>
    </>
  );
}
