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

/** A field is there no more: of a composition that was going on in it browsers tell no end. */
export function fieldGone(field: HTMLTextAreaElement | null): void {
  if (composingIn.peek() === field) composingIn.value = null;
}

/** An input method that closes a syllable by itself at a key has done so by then. */
const CLOSED_BY_ITSELF_MS = 50;

/**
 * Do something once nothing is being composed. An input method that saw the key too closes the syllable by itself, and
 * it does so after the page was told of the key: until then the field keeps the focus, or the syllable would land in
 * the next one once more. A syllable that stays open is closed by leaving the field.
 */
export function onceComposed(act: () => void): void {
  const field = composingIn.peek();
  if (field === null) {
    act();
    return;
  }
  field.addEventListener("compositionend", () => setTimeout(act), { once: true });
  setTimeout(() => {
    if (composingIn.peek() === field) field.blur();
  }, CLOSED_BY_ITSELF_MS);
}
