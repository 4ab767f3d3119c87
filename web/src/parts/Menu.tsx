/** A menu that opens from a button: arrows move, Escape closes, the focus goes back. */
import type { ComponentChildren, VNode } from "preact";
import { useId } from "preact/hooks";
import { Icon, type IconName } from "./Icon.tsx";
import { usePopup } from "./usePopup.ts";

export interface MenuItem {
  label: string;
  icon: IconName | VNode;
  act: () => void;
  isDangerous?: boolean;
  /** One of several, of which one is so now. */
  isChosen?: boolean;
}

interface Props {
  label: string;
  items: readonly MenuItem[];
  children?: ComponentChildren;
  class?: string;
  onOpen?: (isOpen: boolean) => void;
}

export function Menu({ label, items, children, class: name, onOpen }: Props): VNode {
  const { isOpen, show, root, button } = usePopup("[role^=menuitem]", onOpen);
  const id = useId();
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        ref={button}
        class={name ?? "icon-button"}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => show(!isOpen)}
      >
        {children ?? <Icon name="more" />}
      </button>
      {isOpen && (
        <div
          class="menu-items"
          role="menu"
          id={id}
          aria-label={label}
          tabIndex={-1}
          onKeyDown={(event) => moveWithin(event, () => show(false))}
        >
          {items.map((item) => (
            // biome-ignore lint/a11y/useAriaPropsSupportedByRole: of a radio item only, and there it must be
            <button
              key={item.label}
              type="button"
              role={item.isChosen === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={item.isChosen}
              tabIndex={-1}
              class={item.isDangerous ? "menu-item danger" : "menu-item"}
              onClick={() => {
                show(false);
                item.act();
              }}
            >
              {typeof item.icon === "string" ? <Icon name={item.icon} size={18} /> : item.icon}
              {item.label}
              {item.isChosen && <Icon name="check" size={16} />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function moveWithin(event: KeyboardEvent, close: () => void): void {
  const items = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role^=menuitem]"),
  ];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  const next = steps[event.key];
  if (next !== undefined) {
    event.preventDefault();
    items[next]?.focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}
