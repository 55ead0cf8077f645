// Where things lie under the waveform: sentences in a lane for each speaker, and the marks of the ruler.

import type { Doc, Row, Unit } from "../document/types";

export interface Lane {
  /** null: sentences whose speaker is uncertain. */
  readonly speaker: string | null;
  readonly rows: readonly Row[];
}

/** The sentences of each speaker, in order of appearance; those of nobody certain come last. */
export function lanesOf(doc: Doc): readonly Lane[] {
  const lanes = new Map<string | null, Row[]>();
  for (const row of doc.rows) {
    const lane = lanes.get(row.speaker);
    if (lane) lane.push(row);
    else lanes.set(row.speaker, [row]);
  }
  const certain = [...lanes].filter(([speaker]) => speaker !== null);
  const uncertain = lanes.get(null);
  return [
    ...certain.map(([speaker, rows]) => ({ speaker, rows })),
    ...(uncertain ? [{ speaker: null, rows: uncertain }] : []),
  ];
}

/** The sentences that can be seen between two times, and `always` wherever it lies. */
export function inView(
  rows: readonly Row[],
  from: number,
  to: number,
  always: string | null,
): readonly Row[] {
  return rows.filter((row) => (row.end >= from && row.start <= to) || row.key === always);
}

/** The keys of the sentences that are spoken at `time`. */
export function spokenAt(rows: readonly Row[], time: number): ReadonlySet<string> {
  return new Set(rows.filter((row) => row.start <= time && time < row.end).map((row) => row.key));
}

/** The stretch around `time` in which a lane has no sentence; null where it has one there. */
export function gapAt(rows: readonly Row[], time: number, unit: Unit): readonly [number, number] | null {
  let from = unit.start;
  let to = unit.end;
  for (const row of rows) {
    if (row.start <= time && time < row.end) return null;
    if (row.end <= time) from = Math.max(from, row.end);
    else to = Math.min(to, row.start);
  }
  return [from, to];
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
const LABEL_PIXELS = 70;

/** The whole times between two that a ruler names, so far apart that their names have room. */
export function ticks(from: number, to: number, pixelsPerSecond: number): readonly number[] {
  const step = STEPS.find((one) => one * pixelsPerSecond >= LABEL_PIXELS) ?? (STEPS.at(-1) as number);
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step + 1e-6) - first + 1);
  return Array.from({ length: count }, (_, place) => Math.round((first + place) * step * 10) / 10);
}
