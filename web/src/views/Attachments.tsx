/** The files of a message: pictures small, the others by name. */
import type { VNode } from "preact";
import type { FileCard } from "../api/types.ts";
import { locale, t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";

const MAX_SHOWN_PX = 320;

export function Attachments({ files }: { files: readonly FileCard[] }): VNode {
  return (
    <ul class="attachments">
      {files.map((file) => (
        <li key={file.id}>
          <Attachment file={file} />
        </li>
      ))}
    </ul>
  );
}

function Attachment({ file }: { file: FileCard }): VNode {
  if (file.status !== undefined && file.status !== "clean") {
    return (
      <span class="attachment">
        <Icon name={file.status === "refused" ? "warn" : "clock"} />
        <span class="excerpt">{file.name}</span>
        <small>{t(file.status === "refused" ? "file.refused" : "file.examined")}</small>
      </span>
    );
  }
  const address = `/api/v2/files/${file.id}`;
  if (file.thumbnail) {
    // The room is kept before the picture is there, so that nothing moves when it comes.
    const [width = MAX_SHOWN_PX, height = MAX_SHOWN_PX] = [
      file.width ?? undefined,
      file.height ?? undefined,
    ];
    const scale = Math.min(1, MAX_SHOWN_PX / Math.max(width, height));
    return (
      <a href={`${address}/content`} target="_blank" rel="noopener" class="picture">
        <img
          src={`${address}/thumbnail`}
          alt={file.name}
          width={Math.round(width * scale)}
          height={Math.round(height * scale)}
          loading="lazy"
        />
      </a>
    );
  }
  return (
    <a href={`${address}/content`} target="_blank" rel="noopener" class="attachment">
      <Icon name="file" />
      <span class="excerpt">{file.name}</span>
      <small>{sizeOf(file.size)}</small>
    </a>
  );
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function sizeOf(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(locale.value, {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}
