import type { VNode } from "preact";
import { t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";

/** On a phone the list is a page of its own. */
export function BackHome(): VNode {
  return (
    <a class="icon-button back" href="/" aria-label={t("back")}>
      <Icon name="back" />
    </a>
  );
}
