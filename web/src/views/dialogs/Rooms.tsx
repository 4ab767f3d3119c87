/** Finding, making and changing rooms. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Conversation } from "../../api/types.ts";
import { plural, t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { Icon } from "../../parts/Icon.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { show } from "../../state/dialogs.ts";
import { titleOf } from "../../state/names.ts";
import { sayError } from "../../state/notices.ts";
import { may } from "../../state/rights.ts";
import { go } from "../../state/route.ts";
import type { Chat } from "../../sync/chat.ts";
import { joinRoom } from "../NotMine.tsx";

const SEARCH_AFTER_MS = 200;

interface Props {
  chat: Chat;
  onClose: () => void;
}

export function Rooms({ chat, onClose }: Props): VNode {
  const [wanted, setWanted] = useState("");
  const [rooms, setRooms] = useState<readonly Conversation[] | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => {
      call<{ items: Conversation[] }>("GET", `/api/v2/rooms?q=${encodeURIComponent(wanted)}`)
        .then(({ items }) => setRooms(items))
        .catch(sayError);
    }, SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const enter = (room: Conversation): void => {
    const isIn = chat.conversations.peek().has(room.id);
    const entering = isIn ? Promise.resolve() : joinRoom(chat, room.id);
    entering
      .then(() => {
        onClose();
        go(`/c/${room.id}`);
      })
      .catch(sayError);
  };
  return (
    <Dialog title={t("rooms.find")} onClose={onClose}>
      <Field
        label={t("rooms.name_part")}
        type="search"
        takesFocus
        value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      <ul class="results" aria-busy={rooms === null}>
        {rooms?.map((room) => (
          <li key={room.id}>
            <button type="button" class="result" onClick={() => enter(room)}>
              <Icon name="hash" />
              <span class="result-text">
                <strong>{titleOf(room)}</strong>
                <small>
                  {[plural("members", room.member_count), room.topic].filter(Boolean).join(" · ")}
                </small>
              </span>
              <span class="result-action">
                {chat.conversations.value.has(room.id) ? t("rooms.open") : t("rooms.join")}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {rooms?.length === 0 && <p class="empty">{t("rooms.none")}</p>}
      <footer class="dialog-foot">
        {may("conversations.create") && (
          <button type="button" class="button" onClick={() => show({ kind: "create" })}>
            <Icon name="plus" size={18} />
            {t("rooms.create")}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

interface Settings {
  name: string;
  topic: string;
  isPrivate: boolean;
}

function RoomFields({ room, set }: { room: Settings; set: (room: Settings) => void }): VNode {
  return (
    <>
      <Field
        label={t("room.name")}
        takesFocus
        required
        maxLength={64}
        value={room.name}
        onInput={(event) => set({ ...room, name: event.currentTarget.value })}
      />
      <Field
        label={t("room.topic")}
        maxLength={250}
        value={room.topic}
        onInput={(event) => set({ ...room, topic: event.currentTarget.value })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={room.isPrivate}
          onChange={(event) => set({ ...room, isPrivate: event.currentTarget.checked })}
        />
        <span>
          {t("room.private")}
          <small>{t("room.private_hint")}</small>
        </span>
      </label>
    </>
  );
}

export function Create({ chat, onClose }: Props): VNode {
  const [room, setRoom] = useState<Settings>({ name: "", topic: "", isPrivate: false });
  const [key] = useState(newKey); // One room, however often the button is pressed.
  const form = useSubmit(async () => {
    const made = await call<Conversation>("POST", "/api/v2/conversations", {
      body: { kind: "room", name: room.name, topic: room.topic, visibility: visibilityOf(room) },
      key,
    });
    chat.keepConversation(made);
    onClose();
    go(`/c/${made.id}`);
  });
  return (
    <Dialog title={t("rooms.create")} onClose={onClose}>
      <form onSubmit={form.submit}>
        <RoomFields room={room} set={setRoom} />
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {t("rooms.create")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function EditRoom({ room, onClose }: Props & { room: Conversation }): VNode {
  const [now, setNow] = useState<Settings>({
    name: room.name ?? "",
    topic: room.topic,
    isPrivate: room.visibility === "private",
  });
  const form = useSubmit(async () => {
    const body = { name: now.name, topic: now.topic, visibility: visibilityOf(now) };
    await call("PATCH", `/api/v2/conversations/${room.id}`, { body, key: newKey() });
    onClose();
  });
  return (
    <Dialog title={t("room.edit")} onClose={onClose}>
      <form onSubmit={form.submit}>
        <RoomFields room={now} set={setNow} />
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {t("save")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function visibilityOf(room: Settings): "public" | "private" {
  return room.isPrivate ? "private" : "public";
}
