import type { Signal } from "@preact/signals";
import type { VNode } from "preact";
import { type Key, t } from "../../i18n/index.ts";
import { say } from "../../state/notices.ts";
import { askToNotify } from "../../state/notifications.ts";
import { language, type Notify, notify, theme } from "../../state/prefs.ts";
import { subscribe, unsubscribe } from "../../state/pushes.ts";

interface ChoiceProps<T extends string> {
  legend: string;
  name: string;
  kept: Signal<T>;
  options: readonly [T, Key | { text: string; lang: string }][];
  onChosen?: (value: T) => void;
}

function Choice<T extends string>(props: ChoiceProps<T>): VNode {
  const { legend, name, kept, options } = props;
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {options.map(([value, label]) => (
        <label key={value} class="check">
          <input
            type="radio"
            name={name}
            checked={kept.value === value}
            onChange={() => {
              kept.value = value;
              props.onChosen?.(value);
            }}
          />
          {typeof label === "string" ? t(label) : <span lang={label.lang}>{label.text}</span>}
        </label>
      ))}
    </fieldset>
  );
}

export function Appearance(): VNode {
  return (
    <section class="settings-section">
      <Choice
        legend={t("theme")}
        name="theme"
        kept={theme}
        options={[
          ["auto", "theme.auto"],
          ["light", "theme.light"],
          ["dark", "theme.dark"],
        ]}
      />
      <Choice
        legend={t("language")}
        name="language"
        kept={language}
        options={[
          ["auto", "language.auto"],
          ["en", { text: "English", lang: "en" }],
          ["fr", { text: "Français", lang: "fr" }],
        ]}
      />
      <Choice<Notify>
        legend={t("notify")}
        name="notify"
        kept={notify}
        options={[
          ["all", "notify.all"],
          ["mentions", "notify.mentions"],
          ["off", "notify.off"],
        ]}
        onChosen={(value) => {
          const done =
            value === "off"
              ? unsubscribe()
              : askToNotify().then((may) => (may ? subscribe() : say(t("notify.denied"), "error")));
          done.catch(() => {}); // Without pushes an open page still tells.
        }}
      />
    </section>
  );
}
