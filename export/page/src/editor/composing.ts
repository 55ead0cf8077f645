// Input methods. While one composes, the field is its own: nobody writes to it, and most keys are for it.

import { signal } from "@preact/signals";

/** The field in which an input method composes now. */
export const composingIn = signal<HTMLTextAreaElement | null>(null);

const HANGUL = /^[ᄀ-ᇿ㄰-㆏가-힣]+$/;

let composed = "";

/** Whether what is being composed is Hangul: there the last syllable is always open, and no key is needed to close it. */
export function composesHangul(): boolean {
  return composingIn.value !== null && HANGUL.test(composed);
}

export const composition = {
  onCompositionStart: (event: CompositionEvent) => {
    composingIn.value = event.currentTarget as HTMLTextAreaElement;
    composed = event.data;
  },
  onCompositionUpdate: (event: CompositionEvent) => {
    composed = event.data;
  },
  onCompositionEnd: () => {
    composingIn.value = null;
  },
};

/** Do something once nothing is being composed: an open syllable is closed by leaving the field. */
export function onceComposed(act: () => void): void {
  const field = composingIn.peek();
  if (field === null) {
    act();
    return;
  }
  field.addEventListener("compositionend", () => queueMicrotask(act), { once: true });
  field.blur();
}
