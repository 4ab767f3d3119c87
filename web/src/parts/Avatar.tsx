import type { VNode } from "preact";
import { t } from "../i18n/index.ts";
import { chat } from "../state/session.ts";

const HUES = 10;

interface Props {
  id: number;
  name: string;
  size?: "small" | "medium" | "large";
  /** Whether to show if the person is there. */
  withPresence?: boolean;
}

export function Avatar({ id, name, size = "medium", withPresence = false }: Props): VNode {
  const picture = chat.value?.people.value.get(id)?.avatar_url;
  const status = withPresence ? chat.value?.presence.value.get(id) : undefined;
  return (
    <span
      class={`avatar avatar-${size} hue-${id % HUES}`}
      aria-hidden={status ? undefined : "true"}
    >
      {picture ? <img src={picture} alt="" loading="lazy" /> : initials(name)}
      {status && status !== "invisible" && status !== "offline" && (
        <span class={`dot dot-${status}`} role="img" aria-label={t(`presence.${status}`)} />
      )}
    </span>
  );
}

function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter((part) => part !== "");
  const [first = "?", second] = parts;
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join("").toUpperCase();
}
