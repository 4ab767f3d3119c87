/** When a message shall be sent, and what it says. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Scheduled } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { say } from "../../state/notices.ts";

const PATH = "/api/v2/scheduled-messages";
const HOUR_MS = 3600_000;
const MORNING_HOUR = 9;

interface NewProps {
  id: string;
  content: string;
  thread: number | null;
  onDone: () => void;
  onClose: () => void;
}

export function Later({ id, content, thread, onDone, onClose }: NewProps): VNode {
  const key = useRef(newKey());
  const send = async (text: string, send_at: string): Promise<void> => {
    const body = {
      conversation_id: id,
      content: text,
      send_at,
      ...(thread === null ? {} : { parent_message_id: thread }),
    };
    await call("POST", PATH, { body, key: key.current });
    say(t("later.done", { time: shortMomentOf(send_at) }));
    onDone();
  };
  const soon = new Date(Date.now() + HOUR_MS).toISOString();
  return <When content={content} at={soon} onClose={onClose} onSubmit={send} />;
}

export function ChangeLater(props: { scheduled: Scheduled; onClose: () => void }): VNode {
  const { scheduled, onClose } = props;
  const change = async (content: string, send_at: string): Promise<void> => {
    await call("PATCH", `${PATH}/${scheduled.id}`, { body: { content, send_at }, key: newKey() });
  };
  return (
    <When content={scheduled.content} at={scheduled.send_at} onClose={onClose} onSubmit={change} />
  );
}

interface WhenProps {
  content: string;
  at: string;
  onClose: () => void;
  onSubmit: (content: string, at: string) => Promise<void>;
}

function When({ content, at, onClose, onSubmit }: WhenProps): VNode {
  const [text, setText] = useState(content);
  const [when, setWhen] = useState(localOf(new Date(at)));
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const form = useSubmit(async () => {
    await onSubmit(text, new Date(when).toISOString());
    onClose();
  });
  return (
    <Dialog title={t("later.title")} onClose={onClose}>
      <form onSubmit={form.submit}>
        <div class="field">
          <label for="later-text">{t("later.text")}</label>
          <textarea
            id="later-text"
            rows={3}
            required
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="later-at">{t("later.at")}</label>
          <input
            id="later-at"
            ref={input}
            type="datetime-local"
            required
            min={localOf(new Date())}
            value={when}
            onInput={(event) => setWhen(event.currentTarget.value)}
          />
        </div>
        <p class="card-actions">
          <button type="button" class="button" onClick={() => setWhen(localOf(morning(1)))}>
            {t("later.tomorrow")}
          </button>
          <button
            type="button"
            class="button"
            onClick={() => setWhen(localOf(morning((8 - new Date().getDay()) % 7 || 7)))}
          >
            {t("later.monday")}
          </button>
        </p>
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {t("later.send")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function morning(days: number): Date {
  const date = new Date();
  date.setDate(date.getDate() + days);
  date.setHours(MORNING_HOUR, 0, 0, 0);
  return date;
}

/** A moment as its field wants it: local time, to the minute. */
function localOf(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
