/** What one is told of: on this device, by default, when not, and by letter. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import { inOrder } from "../../api/inOrder.ts";
import type { NoticePreferences } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Choice, Toggle } from "../../parts/Choice.tsx";
import { useRead } from "../../parts/useRead.ts";
import { say, sayError } from "../../state/notices.ts";
import { askToNotify } from "../../state/notifications.ts";
import { preferences, setPreference } from "../../state/preferences.ts";
import { type Notify, notify } from "../../state/prefs.ts";
import { isSubscribed, subscribe, unsubscribe } from "../../state/pushes.ts";

export function Notifications(): VNode {
  const level = preferences.value.get("notifications");
  return (
    <>
      <section class="settings-section">
        <Device />
        {level !== undefined && (
          <Choice
            legend={t("notify.everywhere")}
            hint={t("notify.everywhere_hint")}
            value={level}
            options={[
              ["all", t("notify.all")],
              ["mentions", t("notify.mentions")],
              ["none", t("notify.off")],
            ]}
            onChoose={(value) => {
              setPreference("notifications", value).catch(sayError);
            }}
          />
        )}
      </section>
      <Quiet />
    </>
  );
}

/** What an open page tells, and whether this browser is told with no page open. */
function Device(): VNode {
  const [isPushed, setPushed] = useState(false);
  useEffect(() => {
    isSubscribed().then(setPushed, () => {});
  }, []);
  const push = async (isWanted: boolean): Promise<void> => {
    if (!isWanted) await unsubscribe();
    else if (await askToNotify()) await subscribe();
    else say(t("notify.denied"), "error");
    setPushed(await isSubscribed());
  };
  return (
    <>
      <Choice<Notify>
        legend={t("notify")}
        value={notify.value}
        options={[
          ["all", t("notify.all")],
          ["mentions", t("notify.mentions")],
          ["off", t("notify.off")],
        ]}
        onChoose={(value) => {
          notify.value = value;
          if (value !== "off") void askToNotify();
        }}
      />
      <Toggle
        label={t("notify.push")}
        hint={t("notify.push_hint")}
        isOn={isPushed}
        onChange={(isWanted) => {
          push(isWanted).catch(() => say(t("notify.push_failed"), "error"));
        }}
      />
    </>
  );
}

const PATH = "/api/v2/notifications/preferences";
const [EVENING, MORNING] = ["22:00", "07:00"];

function Quiet(): VNode | null {
  const kept = useRead<NoticePreferences>(PATH);
  if (kept.value === null) return null;
  const { quiet_from, quiet_to, email_digest } = kept.value;
  const isQuiet = quiet_from !== null;
  const change = (over: Partial<NoticePreferences>): void => {
    // The hours are those of where one sets them.
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    kept.set((held) => ({ ...held, ...over }));
    const body = { ...over, time_zone };
    inOrder(PATH, () => call("PUT", PATH, { body, key: newKey() })).catch((error: unknown) => {
      sayError(error);
      kept.again();
    });
  };
  return (
    <section class="settings-section">
      <h2>{t("quiet.title")}</h2>
      <Toggle
        label={t("quiet.on")}
        hint={t("quiet.hint")}
        isOn={isQuiet}
        onChange={(isOn) =>
          change(
            isOn
              ? { quiet_from: EVENING, quiet_to: MORNING }
              : { quiet_from: null, quiet_to: null },
          )
        }
      />
      {isQuiet && (
        <div class="times">
          <label>
            {t("quiet.from")}
            <input
              type="time"
              value={quiet_from}
              required
              onChange={(event) =>
                event.currentTarget.value &&
                change({ quiet_from: event.currentTarget.value, quiet_to })
              }
            />
          </label>
          <label>
            {t("quiet.to")}
            <input
              type="time"
              value={quiet_to ?? ""}
              required
              onChange={(event) =>
                event.currentTarget.value &&
                change({ quiet_from, quiet_to: event.currentTarget.value })
              }
            />
          </label>
        </div>
      )}
      <Toggle
        label={t("digest.on")}
        hint={t("digest.hint")}
        isOn={email_digest}
        onChange={(isOn) => change({ email_digest: isOn })}
      />
    </section>
  );
}
