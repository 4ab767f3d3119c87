/** How it looks, on all devices of the user's. */
import type { VNode } from "preact";
import { t } from "../../i18n/index.ts";
import { Choice } from "../../parts/Choice.tsx";
import { sayError } from "../../state/notices.ts";
import { setPreference } from "../../state/preferences.ts";
import { language, theme } from "../../state/prefs.ts";

export function Appearance(): VNode {
  return (
    <section class="settings-section">
      <Choice
        legend={t("theme")}
        value={theme.value}
        options={[
          ["auto", t("theme.auto")],
          ["light", t("theme.light")],
          ["dark", t("theme.dark")],
        ]}
        onChoose={(value) => {
          setPreference("theme", value === "auto" ? "system" : value).catch(sayError);
        }}
      />
      <Choice
        legend={t("language")}
        value={language.value}
        options={[
          ["auto", t("language.auto")],
          ["en", <span lang="en">English</span>],
          ["fr", <span lang="fr">Français</span>],
        ]}
        onChoose={(value) => {
          setPreference("language", value).catch(sayError);
        }}
      />
    </section>
  );
}
