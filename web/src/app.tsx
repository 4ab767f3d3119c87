/** What is shown: the door, or the chat. */
import type { VNode } from "preact";
import { Notices } from "./parts/Notices.tsx";
import { chat, stage } from "./state/session.ts";
import { Shell } from "./views/Shell.tsx";
import { SignIn } from "./views/SignIn.tsx";

export function App(): VNode {
  const current = chat.value;
  return (
    <>
      {stage.value === "in" && current !== null && (
        <Shell key={current.me.value.id} chat={current} />
      )}
      {stage.value === "out" && <SignIn />}
      <Notices />
    </>
  );
}
