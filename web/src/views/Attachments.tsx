/** The files of a message. */
import type { VNode } from "preact";
import type { FileCard } from "../api/types.ts";
import { locale } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";

export function Attachments({ files }: { files: readonly FileCard[] }): VNode {
  return (
    <ul class="attachments">
      {files.map((file) => (
        <li key={file.id} class="attachment">
          <Icon name="file" />
          <span>{file.name}</span>
          <small>{sizeOf(file.size)}</small>
        </li>
      ))}
    </ul>
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
