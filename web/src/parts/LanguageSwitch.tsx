import type { VNode } from "preact";
import { locale } from "../i18n/index.ts";
import { language } from "../state/prefs.ts";

/** Each language in its own words: who needs the switch cannot read the other one. */
export function LanguageSwitch(): VNode {
  const isFrench = locale.value === "fr";
  return (
    <button
      type="button"
      class="link-button language"
      lang={isFrench ? "en" : "fr"}
      onClick={() => {
        language.value = isFrench ? "en" : "fr";
      }}
    >
      {isFrench ? "English" : "Français"}
    </button>
  );
}
