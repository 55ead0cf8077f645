import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { say } from "../words/work";
import "./dialog.css";

interface Given {
  readonly title: string;
  /** Escape, the cross and a click beside it; without, the person has to choose one of `foot`. */
  readonly onClose?: () => void;
  /** The buttons, the one that is expected last. One with `autofocus` has the focus at first. */
  readonly foot?: ComponentChildren;
  readonly wide?: boolean;
  /** Keys that mean something here, beside Escape. */
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly children: ComponentChildren;
}

/** A dialog that is open for as long as it is there. Afterwards the focus is where it was. */
export function Dialog({ title, onClose, foot, wide = false, onKeyDown, children }: Given) {
  const box = useRef<HTMLDialogElement>(null);
  const named = useId();
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // A browser gives the focus back by itself only while the dialog is still there.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={wide ? "wide" : ""}
      aria-labelledby={named}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onKeyDown={(event) => {
        // Chromium closes a dialog at the second Escape, whatever `cancel` was told.
        if (event.key === "Escape" && !onClose) event.preventDefault();
        onKeyDown?.(event);
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose?.();
      }}
    >
      <div class="dialog">
        <header>
          <h2 id={named}>{title}</h2>
          {onClose && (
            <button type="button" class="quiet" aria-label={say.value.close} onClick={onClose}>
              <span aria-hidden="true">✕</span>
            </button>
          )}
        </header>
        {children}
        {foot && <footer>{foot}</footer>}
      </div>
    </dialog>
  );
}
