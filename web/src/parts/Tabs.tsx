/** The parts of a view, each with an address of its own; the one that is open is in sight on a phone, too. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Key, t } from "../i18n/index.ts";

interface Props {
  label: string;
  /** The address before the names. */
  base: string;
  tabs: readonly (readonly [string, Key])[];
  open: string;
}

export function Tabs({ label, base, tabs, open }: Props): VNode {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    const here = nav.current?.querySelector("[aria-current]");
    here?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [open]);
  return (
    <nav class="tabs" aria-label={label} ref={nav}>
      {tabs.map(([name, key]) => (
        <a key={name} href={`${base}/${name}`} aria-current={name === open ? "page" : undefined}>
          {t(key)}
        </a>
      ))}
    </nav>
  );
}
