/** A message in a few words, where it is named and not shown. */
import type { Message } from "../api/types.ts";
import { t } from "../i18n/index.ts";
import { plain } from "../text/markdown.ts";

export function excerptOf({ content, deleted }: Pick<Message, "content" | "deleted">): string {
  return deleted ? t("message.deleted") : plain(content) || t("message.file");
}
