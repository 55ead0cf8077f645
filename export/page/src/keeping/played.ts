// What was really heard of the recording.

/** [start, end] in seconds of the recording. */
export type Span = readonly [number, number];

/** Spans that were heard at least once, in order, those that touch joined. The player tells them while it plays. */
export class Played {
  constructor(private heardSpans: readonly Span[] = []) {}

  get spans(): readonly Span[] {
    return this.heardSpans;
  }

  /** The sound from `start` to `end` was heard, at whatever speed. */
  heard(start: number, end: number): void {
    this.heardSpans = joined([...this.heardSpans, [start, end]]);
  }

  /** Another text took the place of this one: both were heard. */
  add(spans: readonly Span[]): void {
    this.heardSpans = joined([...this.heardSpans, ...spans]);
  }
}

/** The same stretches of time, in order, each once. */
function joined(spans: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  for (const [start, end] of [...spans].sort((one, other) => one[0] - other[0])) {
    const last = found.at(-1);
    if (end <= start) continue;
    if (last && start <= last[1]) found[found.length - 1] = [last[0], Math.max(last[1], end)];
    else found.push([start, end]);
  }
  return found;
}
