import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import "./menu.css";

export interface MenuItem {
  readonly label: string;
  readonly onChoose: () => void;
  readonly disabled?: boolean;
}

interface Given {
  /** What the menu is of. */
  readonly name: string;
  /** What stands on the button. */
  readonly children: ComponentChildren;
  readonly items: readonly MenuItem[];
  /** Stands above the items. */
  readonly head?: ComponentChildren;
  readonly class?: string;
}

/** A button that opens a menu: arrow keys, Home and End move, Escape closes, a click elsewhere too. */
export function Menu({ name, children, items, head, class: style = "quiet" }: Given) {
  const [open, setOpen] = useState(false);
  const whole = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const choices = () => [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const all = choices();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    if (event.key in to) {
      event.preventDefault();
      all[to[event.key as keyof typeof to]]?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") setOpen(false);
  };
  useEffect(() => {
    if (!open) return;
    choices()[0]?.focus();
    const elsewhere = (event: PointerEvent) => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", elsewhere);
    return () => removeEventListener("pointerdown", elsewhere);
  }, [open]);

  return (
    <div class="menu" ref={whole}>
      <button
        type="button"
        ref={button}
        class={style}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
        <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div class="menu-sheet">
          {head && <div class="menu-head">{head}</div>}
          <div id={id} role="menu" aria-label={name} ref={list} onKeyDown={onKeyDown}>
            {items.map((item) => (
              <button
                key={item.label}
                type="button"
                role="menuitem"
                tabIndex={-1}
                class="quiet"
                aria-disabled={item.disabled}
                onClick={() => {
                  if (item.disabled) return;
                  close();
                  item.onChoose();
                }}
              >
                {item.label}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
