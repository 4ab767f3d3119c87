/** Going to a conversation by a part of its name. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { Icon } from "../../parts/Icon.tsx";
import { titleOf } from "../../state/names.ts";
import { go } from "../../state/route.ts";
import { type Chat, unreadOf } from "../../sync/chat.ts";
import { isComposing } from "../composing.ts";

const MAX_SHOWN = 12;

export function Switch({ chat, onClose }: { chat: Chat; onClose: () => void }): VNode {
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const found = [...chat.conversations.value.values()]
    .filter((one) => titleOf(one).toLowerCase().includes(wanted.toLowerCase()))
    .sort((a, b) => Number(unreadOf(b) > 0) - Number(unreadOf(a) > 0))
    .slice(0, MAX_SHOWN);
  const chosen = Math.min(at, Math.max(0, found.length - 1));
  const open = (id: string | undefined): void => {
    if (id === undefined) return;
    onClose();
    go(`/c/${id}`);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (isComposing(event)) return;
    if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp")
      setAt((chosen - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") open(found[chosen]?.id);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("nav.jump")} onClose={onClose}>
      <div class="field">
        <input
          type="text"
          role="combobox"
          aria-label={t("switch.label")}
          aria-expanded="true"
          aria-controls="switch-found"
          aria-activedescendant={found.length > 0 ? `switch-${chosen}` : undefined}
          autofocus
          placeholder={t("switch.label")}
          value={wanted}
          onInput={(event) => {
            setWanted(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
      </div>
      <div class="results" role="listbox" id="switch-found" aria-label={t("nav.conversations")}>
        {found.map((one, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's
          <div
            key={one.id}
            id={`switch-${n}`}
            role="option"
            tabIndex={-1}
            aria-selected={n === chosen}
            class="result"
            onClick={() => open(one.id)}
          >
            <Icon name={one.kind === "direct" ? "people" : "hash"} />
            <span class="result-text">
              <strong>{titleOf(one)}</strong>
            </span>
            {unreadOf(one) > 0 && <span class="count">{unreadOf(one)}</span>}
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="empty">{t("rooms.none")}</p>}
    </Dialog>
  );
}
