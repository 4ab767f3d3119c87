import type { VNode } from "preact";
import { t } from "../i18n/index.ts";
import { dismiss, notices } from "../state/notices.ts";
import { Icon } from "./Icon.tsx";

export function Notices(): VNode {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((notice) => (
        <div key={notice.id} class={`notice notice-${notice.kind}`}>
          {notice.kind === "error" && <Icon name="warn" />}
          <span>{notice.text}</span>
          <button
            type="button"
            class="icon-button"
            aria-label={t("close")}
            onClick={() => dismiss(notice.id)}
          >
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
