// Stretches of time that were heard: sorted, apart from each other.

/** From when to when, in seconds of the recording. */
export type Span = readonly [start: number, end: number];

/** `spans` and one more, those that touch become one. A stretch that is there already, or is none: the same spans. */
export function covered(spans: readonly Span[], start: number, end: number): readonly Span[] {
  if (!(end > start)) return spans;
  const first = spans.findIndex((span) => span[1] >= start);
  if (first < 0) return [...spans, [start, end]];
  let past = first;
  let [from, to] = [start, end];
  for (; past < spans.length; past++) {
    const span = spans[past] as Span;
    if (span[0] > end) break;
    if (span[0] <= start && span[1] >= end) return spans;
    from = Math.min(from, span[0]);
    to = Math.max(to, span[1]);
  }
  return spans.toSpliced(first, past - first, [from, to]);
}

/** How long they are together. */
export function seconds(spans: readonly Span[]): number {
  return spans.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** What of them lies between two times. */
export function within(spans: readonly Span[], start: number, end: number): readonly Span[] {
  return spans
    .map(([from, to]): Span => [Math.max(from, start), Math.min(to, end)])
    .filter(([from, to]) => to > from);
}
