// What the editor edits: rows of sentences. All of it is plain, immutable data; a change is a new value.

/** What a person says of a sentence beside its text. */
export type Mark = "inaudible" | "overlap" | "foreign";

export const MARKS: readonly Mark[] = ["inaudible", "overlap", "foreign"];

/** A sentence as it stands in the editor. */
export interface Row {
  /** This page's own name for it, never given twice within a draft; becomes `id` in the correction. */
  readonly key: string;
  /** Ids of the draft's sentences that it was made of; empty for one that was added. */
  readonly from: readonly string[];
  /** Seconds from the start of the recording. */
  readonly start: number;
  readonly end: number;
  /** null: uncertain. */
  readonly speaker: string | null;
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** All rows of a work unit in reading order (by start, then end), and those that were taken out. */
export interface Doc {
  readonly rows: readonly Row[];
  /** In reading order as well; each can be put back. */
  readonly removed: readonly Row[];
}

/** The piece of the recording that is edited, in seconds of the recording. */
export interface Unit {
  readonly start: number;
  readonly end: number;
}
