// What is handed in: the sentences as they stand, as `prelabel.correction/1` wants them.

import type { Correction } from "../api/client";
import { covered, type Span } from "./spans";
import type { Doc } from "./types";

/** Active seconds, of a sentence or of a revision, are at most 30 days (LONGEST_LEAD_SECONDS in export/corrections.py). */
const LONGEST_LEAD_SECONDS = 30 * 24 * 3600;

export interface Handed {
  readonly draftId: string;
  /** The number of this submission. */
  readonly revision: number;
  readonly worker: string;
  /** Active seconds for this revision alone. */
  readonly leadTime: number;
  readonly played: readonly Span[];
  /** Active seconds for the sentence of this key; undefined where there were none. */
  readonly secondsOf: (key: string) => number | undefined;
}

/**
 * The correction that `doc` is. Times are rounded to milliseconds; white space at the ends of a text, which nobody
 * sees, is left out; all else is kept letter by letter. The same given gives the same document.
 */
export function correctionOf(doc: Doc, handed: Handed): Correction {
  const { draftId, revision, worker, leadTime, played, secondsOf } = handed;
  return {
    schema: "prelabel.correction/1",
    draft_id: draftId,
    revision,
    worker,
    lead_time: active(leadTime),
    sentences: doc.rows.map((row) => {
      const seconds = secondsOf(row.key);
      return {
        start: toMs(row.start),
        end: toMs(row.end),
        speaker: row.speaker,
        text: row.text.trim(),
        id: row.key,
        from: [...row.from],
        seconds: seconds === undefined ? null : active(seconds),
        marks: [...row.marks],
      };
    }),
    played: rounded(played).map(([start, end]) => [start, end]),
  };
}

function rounded(spans: readonly Span[]): readonly Span[] {
  return spans.reduce<readonly Span[]>((all, [start, end]) => covered(all, toMs(start), toMs(end)), []);
}

function active(seconds: number): number {
  return toMs(Math.min(Math.max(seconds, 0), LONGEST_LEAD_SECONDS));
}

/** Rounded to milliseconds, as the times of a correction are. */
export function toMs(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
