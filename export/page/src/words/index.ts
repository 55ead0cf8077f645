// The interface speaks Korean or English. Each part of the page keeps its own words, in both, side by side.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { lasting } from "../storage";

export type Interface = "ko" | "en";

const KEPT = "prelabel.interface";

function first(): Interface {
  const kept = lasting.getItem(KEPT);
  if (kept === "ko" || kept === "en") return kept;
  return navigator.language?.startsWith("ko") ? "ko" : "en";
}

/** The language that the interface speaks now. */
export const spoken = signal<Interface>(first());

export function speak(language: Interface): void {
  lasting.setItem(KEPT, language);
  spoken.value = language;
}

/** What TypeScript infers of `en` is what `ko` must have as well. */
type Shape<Words> = {
  [Name in keyof Words]: Words[Name] extends string
    ? string
    : Words[Name] extends (...given: infer Given) => string
      ? (...given: Given) => string
      : Shape<Words[Name]>;
};

/** Words in both languages, as the one that is spoken now: `const say = inBoth({ en: {…}, ko: {…} })`, `say.value.open`. */
export function inBoth<Words extends object>(words: {
  en: Words;
  ko: Shape<NoInfer<Words>>;
}): ReadonlySignal<Shape<Words>> {
  return computed(() => (spoken.value === "ko" ? (words.ko as Shape<Words>) : (words.en as Shape<Words>)));
}
