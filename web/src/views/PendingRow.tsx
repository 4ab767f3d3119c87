/** A message that is on its way, or was refused. */
import type { VNode } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { Refusal } from "../api/refusal.ts";
import type { Message } from "../api/types.ts";
import { timeOf } from "../i18n/dates.ts";
import { t } from "../i18n/index.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Icon } from "../parts/Icon.tsx";
import { putBack } from "../state/drafts.ts";
import { nameOf } from "../state/names.ts";
import { wordsFor } from "../state/notices.ts";
import type { Chat } from "../sync/chat.ts";
import type { Entry } from "../sync/outbox.ts";
import { Markdown } from "../text/Markdown.tsx";
import { continues } from "./rows.ts";

const LATE_MS = 600;

interface Props {
  chat: Chat;
  entry: Entry;
  /** Where it was written: what was refused can go back there. */
  place: string;
  /** What stands above it. */
  before: Message | Entry | undefined;
}

export function PendingRow({ chat, entry, place, before }: Props): VNode | null {
  const isRefused = entry.state === "failed";
  const isLate = useLate(entry.at) && !isRefused;
  if (entry.command.type !== "send_message") return null;
  const me = chat.me.value;
  const { content, file_ids } = entry.command.data;
  // As it will stand when it has come: nothing moves then.
  const isContinued = continues(before, entry, me.id);
  const classes = [
    "message",
    isRefused ? "is-refused" : "is-pending",
    isLate && "is-late",
    isContinued && "is-continued",
  ];
  return (
    <li class={classes.filter(Boolean).join(" ")} data-client-id={entry.id}>
      <div class="gutter">
        {isContinued ? isLate && <Waits /> : <Avatar id={me.id} name={nameOf(me)} />}
      </div>
      <div class="message-body">
        {!isContinued && (
          <div class="byline">
            <strong>{nameOf(me)}</strong>
            <span>{timeOf(entry.at)}</span>
            {isLate && <Waits />}
          </div>
        )}
        <Markdown source={content || t("message.file")} own={me.username} />
        {isRefused && (
          <p class="refused" role="alert">
            <Icon name="warn" size={16} />
            {t("message.refused", { why: whyOf(entry) })}
            <button type="button" class="link-button" onClick={() => chat.outbox.retry(entry.id)}>
              {t("message.again")}
            </button>
            {file_ids === undefined && (
              <button
                type="button"
                class="link-button"
                onClick={({ currentTarget }) => {
                  const around = currentTarget.closest(".panel, .conversation");
                  around?.querySelector<HTMLElement>(".composer textarea")?.focus();
                  chat.outbox.discard(entry.id);
                  putBack(me.id, place, content);
                }}
              >
                {t("message.edit")}
              </button>
            )}
            <button type="button" class="link-button" onClick={() => chat.outbox.discard(entry.id)}>
              {t("message.discard")}
            </button>
          </p>
        )}
      </div>
    </li>
  );
}

/**
 * Only what takes its time looks as if it did: most is there before one has seen it go. Told by a
 * clock of our own, as an animation of the style sheet has the browser draw frames meanwhile.
 */
function useLate(at: number): boolean {
  const [isLate, setLate] = useState(Date.now() - at >= LATE_MS);
  useLayoutEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
}

function Waits(): VNode {
  return (
    <span class="waiting" title={t("message.waiting")}>
      <Icon name="clock" size={14} />
      <span class="hidden">{t("message.waiting")}</span>
    </span>
  );
}

function whyOf({ error }: Entry): string {
  return error === undefined ? "" : wordsFor(new Refusal(error.code, error.message));
}
