/** Starting a direct chat, and bringing people into a room: both by username. */
import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { call, newKey } from "../../api/http.ts";
import type { Conversation, User } from "../../api/types.ts";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { nameOf } from "../../state/names.ts";
import { say } from "../../state/notices.ts";
import { go } from "../../state/route.ts";
import type { Chat } from "../../sync/chat.ts";

async function userNamed(username: string): Promise<User> {
  const name = username.trim().replace(/^@/, "");
  const path = `/api/v2/users?username=${encodeURIComponent(name)}`;
  const { items } = await call<{ items: User[] }>("GET", path);
  const [user] = items;
  if (user === undefined) throw new Error(t("people.unknown", { name }));
  return user;
}

interface FormProps {
  chat: Chat;
  title: string;
  action: string;
  onClose: () => void;
  onFound: (user: User) => Promise<void>;
}

function ByName({ chat, title, action, onClose, onFound }: FormProps): VNode {
  const known = useId();
  const [username, setUsername] = useState("");
  const [unknown, setUnknown] = useState<string | null>(null);
  const form = useSubmit(async () => {
    setUnknown(null);
    let user: User;
    try {
      user = await userNamed(username);
    } catch (error) {
      if ((error as { code?: string }).code !== undefined) throw error;
      setUnknown((error as Error).message);
      return;
    }
    await onFound(user);
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={form.submit}>
        <Field
          label={t("field.username")}
          hint={t("people.hint")}
          takesFocus
          required
          autocapitalize="none"
          autocomplete="off"
          list={known}
          spellcheck={false}
          error={unknown ?? undefined}
          value={username}
          onInput={(event) => setUsername(event.currentTarget.value)}
        />
        <Known id={known} chat={chat} />
        <FormError text={form.error} />
        <footer class="dialog-foot">
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Whom this page has met: the server finds others by their exact name only, whom nobody can list. */
function Known({ id, chat }: { id: string; chat: Chat }): VNode {
  const me = chat.me.value.id;
  const others = [...chat.people.value.values()].filter((one) => one.id !== me);
  return (
    <datalist id={id}>
      {others.map((one) => (
        <option key={one.id} value={one.username}>
          {nameOf(one)}
        </option>
      ))}
    </datalist>
  );
}

export function Direct({ chat, onClose }: { chat: Chat; onClose: () => void }): VNode {
  const open = async (user: User): Promise<void> => {
    const opened = await call<Conversation>("POST", "/api/v2/conversations", {
      body: { kind: "direct", members: [user.id] },
      key: newKey(),
    });
    chat.keepConversation(opened);
    onClose();
    go(`/c/${opened.id}`);
  };
  return (
    <ByName
      chat={chat}
      title={t("direct.start")}
      action={t("direct.open")}
      onClose={onClose}
      onFound={open}
    />
  );
}

interface InviteProps {
  chat: Chat;
  room: Conversation;
  onClose: () => void;
}

export function Invite({ chat, room, onClose }: InviteProps): VNode {
  const invite = async (user: User): Promise<void> => {
    const path = `/api/v2/conversations/${room.id}/members`;
    await call("POST", path, { body: { user_ids: [user.id] }, key: newKey() });
    say(t("room.invited", { name: user.username }));
    onClose();
  };
  return (
    <ByName
      chat={chat}
      title={t("room.invite")}
      action={t("room.add")}
      onClose={onClose}
      onFound={invite}
    />
  );
}
