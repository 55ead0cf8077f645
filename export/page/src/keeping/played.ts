// What was really heard of the recording.

import { covered, type Span } from "../document/spans";

/** Spans that were heard at least once, in order. The player tells them while it plays at any speed and is not muted. */
export class Played {
  constructor(private heardSpans: readonly Span[] = []) {}

  get spans(): readonly Span[] {
    return this.heardSpans;
  }

  /** The sound from `start` to `end` was heard. */
  heard(start: number, end: number): void {
    this.heardSpans = covered(this.heardSpans, start, end);
  }

  /** These were heard as well. */
  add(spans: readonly Span[]): void {
    this.heardSpans = joined(this.heardSpans, spans);
  }
}

export function joined(some: readonly Span[], others: readonly Span[]): readonly Span[] {
  return others.reduce((all, [start, end]) => covered(all, start, end), some);
}
