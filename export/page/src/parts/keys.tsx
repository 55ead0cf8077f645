// The sheet of keys. What is on the page at the moment tells its own keys to it by `useKeySheet`.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { say } from "../words/work";
import { Dialog } from "./dialog";
import "./keys.css";

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly {
    /** Ways to press it; each is keys that are held together, as `["Ctrl", "Enter"]`. */
    readonly press: readonly (readonly string[])[];
    readonly does: string;
  }[];
}

const shown = signal(false);
const told = signal<readonly (() => readonly KeyGroup[])[]>([]);

export function toggleKeys(): void {
  shown.value = !shown.value;
}

/** While the caller is on the page, the sheet shows its keys. `groups` is a function of its own that never changes. */
export function useKeySheet(groups: () => readonly KeyGroup[]): void {
  useEffect(() => {
    told.value = [...told.value, groups];
    return () => {
      told.value = told.value.filter((one) => one !== groups);
    };
  }, [groups]);
}

/** Whether `event` types into a field, so that a bare letter is no shortcut. */
export function typing(event: KeyboardEvent): boolean {
  const at = event.target;
  if (event.isComposing || event.keyCode === 229) return true;
  if (!(at instanceof HTMLElement)) return false;
  if (at instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(at.type);
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement || at.isContentEditable;
}

/** The sheet, which `?` opens and closes wherever nobody types. */
export function KeySheet() {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
      // Over another dialog the sheet would be one too many.
      if (!shown.value && document.querySelector("dialog[open]")) return;
      event.preventDefault();
      toggleKeys();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  if (!shown.value) return null;
  const everywhere: KeyGroup = {
    title: say.value.keysEverywhere,
    keys: [
      { press: [["?"]], does: say.value.keysSheet },
      { press: [["Tab"], ["Shift", "Tab"]], does: say.value.keysNext },
      { press: [["Enter"], ["Space"]], does: say.value.keysPress },
      { press: [["←"], ["→"], ["↑"], ["↓"]], does: say.value.keysArrows },
      { press: [["Esc"]], does: say.value.keysClose },
    ],
  };
  const groups = [...told.value.flatMap((one) => one()), everywhere];
  return (
    <Dialog title={say.value.keysTitle} wide={groups.length > 1} onClose={toggleKeys}>
      <div class="keys">
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map((key) => (
                <div key={key.does}>
                  <dt>{key.does}</dt>
                  <dd>
                    {key.press.map((keys) => (
                      <span class="chord" key={keys.join("+")}>
                        {keys.map((one) => (
                          <kbd key={one}>{one}</kbd>
                        ))}
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
