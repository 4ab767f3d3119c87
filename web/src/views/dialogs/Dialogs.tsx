/** The dialogs, fetched when the first one opens. */
import type { VNode } from "preact";
import { hide, shown } from "../../state/dialogs.ts";
import type { Chat } from "../../sync/chat.ts";
import { Edits, Reactors } from "./About.tsx";
import { Attention } from "./Attention.tsx";
import { Archive, Delete, Leave } from "./Confirm.tsx";
import { Keys } from "./Keys.tsx";
import { ChangeLater, Later } from "./Later.tsx";
import { Lift } from "./Lift.tsx";
import { Report, Sanction } from "./Moderate.tsx";
import { Direct, Invite } from "./People.tsx";
import { Create, EditRoom, Rooms } from "./Rooms.tsx";
import { Switch } from "./Switch.tsx";

export default function Dialogs({ chat }: { chat: Chat }): VNode | null {
  const dialog = shown.value;
  const conversation =
    dialog !== null && "id" in dialog ? chat.conversations.value.get(dialog.id) : undefined;
  switch (dialog?.kind) {
    case "rooms":
      return <Rooms chat={chat} onClose={hide} />;
    case "create":
      return <Create chat={chat} onClose={hide} />;
    case "direct":
      return <Direct chat={chat} onClose={hide} />;
    case "switch":
      return <Switch chat={chat} onClose={hide} />;
    case "keys":
      return <Keys onClose={hide} />;
    case "delete":
      return <Delete chat={chat} message={dialog.message} onClose={hide} />;
    case "edits":
      return <Edits chat={chat} message={dialog.message} onClose={hide} />;
    case "reactors":
      return <Reactors chat={chat} message={dialog.message} onClose={hide} />;
    case "later":
      return <Later {...dialog} onClose={hide} />;
    case "change-later":
      return <ChangeLater scheduled={dialog.scheduled} onClose={hide} />;
    case "lift":
      return <Lift {...dialog} onClose={hide} />;
    case "attention":
      return conversation ? <Attention room={conversation} onClose={hide} /> : null;
    case "report":
      return <Report message={dialog.message} onClose={hide} />;
    case "sanction":
      return <Sanction {...dialog} onClose={hide} />;
    case "edit-room":
      return conversation ? <EditRoom chat={chat} room={conversation} onClose={hide} /> : null;
    case "invite":
      return conversation ? <Invite chat={chat} room={conversation} onClose={hide} /> : null;
    case "archive":
      return conversation ? <Archive chat={chat} room={conversation} onClose={hide} /> : null;
    case "leave":
      return conversation ? <Leave room={conversation} onClose={hide} /> : null;
    default:
      return null;
  }
}
