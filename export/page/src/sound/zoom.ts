// How much of the sound is in view. The keys of the editor, the buttons and the wheel all change this one number.

import { signal } from "@preact/signals";

/** Pixels of a second. */
export const SLIGHTEST = 10;
export const STRONGEST = 400;
const STEP = 1.4;
const KEPT = "prelabel.zoom";

/** Pixels of a second, as they were wanted. A short sound that would not fill the page is drawn larger. */
export const zoom = signal(kept());

/** At how many pixels of a second the whole sound just fills the page; the waveform says so. */
export const filling = signal(0);

export function zoomIn(): void {
  zoomBy(STEP);
}

export function zoomOut(): void {
  zoomBy(1 / STEP);
}

export function zoomBy(factor: number): void {
  const drawn = Math.max(zoom.peek(), filling.peek());
  zoom.value = Math.min(STRONGEST, Math.max(SLIGHTEST, filling.peek(), drawn * factor));
  localStorage.setItem(KEPT, String(zoom.value));
}

function kept(): number {
  const number = Number(localStorage.getItem(KEPT));
  return number >= SLIGHTEST && number <= STRONGEST ? number : 80;
}
