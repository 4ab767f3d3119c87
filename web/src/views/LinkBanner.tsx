import type { VNode } from "preact";
import { t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";
import { link } from "../state/session.ts";

/** Says that the line is lost, and that nothing is. */
export function LinkBanner(): VNode {
  const isLost = link.value.state === "lost";
  return (
    <div role="status" class="link-state">
      {isLost && (
        <p class="banner banner-offline">
          <Icon name="warn" size={16} />
          {t("link.lost")}
        </p>
      )}
    </div>
  );
}
