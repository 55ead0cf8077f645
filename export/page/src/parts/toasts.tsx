import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { say } from "../words/work";
import type { Tone } from "./tag";
import "./toasts.css";

interface Toast {
  readonly key: number;
  readonly text: string;
  readonly tone: Tone;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

/** Long enough to read two sentences twice. */
const SHOWN_SECONDS = 8;

const toasts = signal<readonly Toast[]>([]);
let count = 0;

/**
 * Tell something that needs no answer. It goes by itself after a while, unless it is bad news (`alert`, `bad`) or has an
 * action: those stay until they are dismissed. The same text is not shown twice at once.
 */
export function toast(
  text: string,
  { tone = "plain", action = null }: Partial<Omit<Toast, "key" | "text">> = {},
): void {
  count += 1;
  toasts.value = [...toasts.value.filter((one) => one.text !== text), { key: count, text, tone, action }];
}

function dismiss(key: number): void {
  toasts.value = toasts.value.filter((one) => one.key !== key);
}

/** Where toasts appear: bad news interrupts a screen reader, the rest waits for its turn. */
export function Toasts() {
  const bad = toasts.value.filter((one) => one.tone === "bad");
  const rest = toasts.value.filter((one) => one.tone !== "bad");
  return (
    <section class="toasts" aria-label={say.value.messages}>
      <div role="status">
        {rest.map((one) => (
          <Shown key={one.key} toast={one} />
        ))}
      </div>
      <div role="alert">
        {bad.map((one) => (
          <Shown key={one.key} toast={one} />
        ))}
      </div>
    </section>
  );
}

function Shown({ toast: { key: id, text, tone, action } }: { toast: Toast }) {
  const [held, hold] = useState(false);
  const stays = tone === "bad" || tone === "alert" || action !== null || held;
  useEffect(() => {
    if (stays) return;
    const timer = setTimeout(() => dismiss(id), SHOWN_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [id, stays]);
  return (
    <div
      class={`toast ${tone}`}
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
      onFocusCapture={() => hold(true)}
      onBlurCapture={() => hold(false)}
    >
      <span class="wrap">{text}</span>
      {action && (
        <button
          type="button"
          onClick={() => {
            dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <button type="button" class="quiet" aria-label={say.value.dismiss} onClick={() => dismiss(id)}>
        <span aria-hidden="true">✕</span>
      </button>
    </div>
  );
}
