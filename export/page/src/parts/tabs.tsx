import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "./tabs.css";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: string;
  /** Shown beside the label; null: not known yet. */
  readonly count: string | null;
  /** Something here waits for the person. */
  readonly urgent?: boolean;
}

interface Given<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
  /** What belongs to the chosen tab. */
  readonly children: ComponentChildren;
}

/** Tabs with what belongs to the chosen one; arrow keys, Home and End move between them. */
export function Tabs<Name extends string>({ label, tabs, chosen, onChoose, children }: Given<Name>) {
  const id = useId();
  const at = tabs.findIndex((tab) => tab.name === chosen);
  const move = (event: KeyboardEvent) => {
    const to = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at - 1 + tabs.length) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    if (!(event.key in to)) return;
    const tab = tabs[to[event.key as keyof typeof to]];
    if (!tab) return;
    event.preventDefault();
    onChoose(tab.name);
    document.getElementById(`${id}${tab.name}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.name}
            id={`${id}${tab.name}`}
            type="button"
            role="tab"
            class="quiet"
            aria-selected={tab.name === chosen}
            aria-controls={`${id}panel`}
            tabIndex={tab.name === chosen ? 0 : -1}
            onClick={() => onChoose(tab.name)}
          >
            {tab.label}
            {tab.count !== null && <span class="hidden">, </span>}
            {tab.count !== null && <span class={`count num ${tab.urgent ? "urgent" : ""}`}>{tab.count}</span>}
          </button>
        ))}
      </div>
      <div id={`${id}panel`} role="tabpanel" aria-labelledby={`${id}${chosen}`}>
        {children}
      </div>
    </>
  );
}
