/** What will go with the message. */
import type { VNode } from "preact";
import { t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";
import type { Uploads } from "../state/uploads.ts";
import { sizeOf } from "./Attachments.tsx";

export function UploadList({ uploads }: { uploads: Uploads }): VNode | null {
  if (uploads.all.length === 0) return null;
  return (
    <ul class="attachments uploads">
      {uploads.all.map((one) => (
        <li key={one.key} class={one.error === null ? "attachment" : "attachment is-refused"}>
          <Icon name={one.error === null ? "file" : "warn"} />
          <span class="excerpt">{one.source.name}</span>
          <small>
            {one.error ?? (one.file === null ? t("file.sending") : sizeOf(one.source.size))}
          </small>
          {one.isStopped && (
            <button type="button" class="link-button" onClick={() => uploads.again(one)}>
              {t("message.again")}
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label={t("file.remove", { name: one.source.name })}
            onClick={() => uploads.remove(one)}
          >
            <Icon name="close" size={16} />
          </button>
        </li>
      ))}
    </ul>
  );
}
