import type { VNode } from "preact";
import { type Key, t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";

const KEYS: readonly [string, Key][] = [
  ["Ctrl K", "keys.switch"],
  ["Alt ↑ / Alt ↓", "keys.step"],
  ["Alt ⇧ ↑ / Alt ⇧ ↓", "keys.step_unread"],
  ["Enter", "keys.send"],
  ["⇧ Enter", "keys.line"],
  ["↑", "keys.edit_last"],
  ["@", "keys.mention"],
  ["Tab, ↑ ↓", "keys.rows"],
  ["Enter, E, R", "keys.row"],
  ["Esc", "keys.escape"],
  ["Ctrl /", "keys.help"],
];

export function Keys({ onClose }: { onClose: () => void }): VNode {
  return (
    <Dialog title={t("keys")} onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
