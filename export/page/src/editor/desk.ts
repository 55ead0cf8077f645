// The desk: what is edited, where the cursor is, and every command that changes it. No DOM: keys and buttons call this.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Draft, DraftSentence, DraftWord, Language } from "../api/client";
import { checkRow, type Finding } from "../document/checks";
import {
  insert,
  insertAt,
  merge,
  nextSpeaker,
  remove,
  renameSpeaker,
  restore,
  setSpeaker,
  setText,
  setTimes,
  speakersOf,
  split,
  toggleMark,
} from "../document/edits";
import { type History, push, redo, start, undo } from "../document/history";
import type { Doc, Mark, Row, Unit } from "../document/types";
import { wordsOf } from "../document/words";
import type { Guideline } from "../keeping/work";

/** Where the cursor is: in which sentence, and what of its text is selected. */
export interface Focus {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

interface Step {
  readonly doc: Doc;
  readonly focus: Focus | null;
}

/** How far a bound moves by a key, in seconds: a syllable is about twice as long. */
export const NUDGE_SECONDS = 0.1;

export class Desk {
  readonly unit: Unit;
  readonly language: Language;
  private readonly history: Signal<History<Step>>;
  /** The sentences as they stand. */
  readonly doc: ReadonlySignal<Doc>;
  readonly speakers: ReadonlySignal<readonly string[]>;
  /** The sentence that commands are about. */
  readonly current: Signal<string | null>;
  /** Where the cursor should be put; the list does so once it has drawn. */
  readonly wanted: Signal<Focus | null> = signal(null);
  /** Nothing can be changed: somebody else has the draft, or another tab. */
  readonly locked: Signal<boolean> = signal(false);
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;
  private readonly drafted: ReadonlyMap<string, DraftSentence>;
  private readonly words = new WeakMap<Row, readonly DraftWord[]>();
  private readonly checked = new WeakMap<Row, { by: readonly unknown[]; found: readonly Finding[] }>();

  constructor(
    draft: Draft,
    first: Doc,
    private readonly guideline: ReadonlySignal<Guideline | null>,
    private readonly changed: (doc: Doc) => void,
  ) {
    this.unit = draft.unit;
    this.language = draft.language as Language;
    this.drafted = new Map(draft.sentences.map((sentence) => [sentence.id, sentence]));
    this.history = signal(start<Step>({ doc: first, focus: null }));
    this.doc = computed(() => this.history.value.present.doc);
    let named: readonly string[] = [];
    this.speakers = computed(() => {
      const now = speakersOf(this.doc.value);
      if (now.length !== named.length || now.some((name, place) => name !== named[place])) named = now;
      return named;
    });
    this.current = signal(first.rows[0]?.key ?? null);
    this.canUndo = computed(() => this.history.value.past.length > 0);
    this.canRedo = computed(() => this.history.value.future.length > 0);
  }

  /** Another text has taken the place of this one, whoever may change it: a step that can be undone. */
  replace(doc: Doc): void {
    this.history.value = push(this.history.value, { doc, focus: null }, { at: performance.now() });
    if (!this.row(this.current.value)) this.current.value = doc.rows[0]?.key ?? null;
  }

  row(key: string | null): Row | undefined {
    return key === null ? undefined : this.doc.value.rows.find((row) => row.key === key);
  }

  place(key: string | null): number {
    return this.doc.value.rows.findIndex((row) => row.key === key);
  }

  /** The draft's sentences that a row was made of. */
  sources(row: Row): readonly DraftSentence[] {
    return row.from.map((id) => this.drafted.get(id)).filter((one) => one !== undefined);
  }

  /** The recogniser's words that a row was made of. */
  wordsOf(row: Row): readonly DraftWord[] {
    const known = this.words.get(row);
    if (known) return known;
    const found = wordsOf(row, this.sources(row));
    this.words.set(row, found);
    return found;
  }

  /** What the guideline and common sense find in a row, kept as long as it and its neighbours stay. */
  findings(place: number): readonly Finding[] {
    const { rows } = this.doc.value;
    const row = rows[place];
    const guideline = this.guideline.value;
    if (!row) return [];
    const before = rows[place - 1];
    const after = rows[place + 1];
    const kept = this.checked.get(row);
    const by = [before, after, guideline];
    if (kept?.by.every((one, which) => one === by[which])) return kept.found;
    const found = checkRow(row, {
      language: this.language,
      guideline,
      unit: this.unit,
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
    });
    this.checked.set(row, { by, found });
    return found;
  }

  type(key: string, text: string, cursor: number): void {
    this.take(setText(this.doc.value, key, text), { key, from: cursor, to: cursor }, `type ${key}`);
  }

  setTimes(key: string, start: number, end: number, merge?: string): void {
    this.take(setTimes(this.doc.value, key, start, end, this.unit), null, merge);
  }

  /** Move a bound of the current sentence by so many seconds. */
  nudge(bound: "start" | "end", seconds: number): void {
    const row = this.row(this.current.value);
    if (!row) return;
    const times = bound === "start" ? [row.start + seconds, row.end] : [row.start, row.end + seconds];
    this.setTimes(row.key, times[0] as number, times[1] as number, `nudge ${bound} ${row.key}`);
  }

  /** Put a bound of the current sentence where the sound is. */
  bound(bound: "start" | "end", time: number): void {
    const row = this.row(this.current.value);
    if (!row) return;
    if (bound === "start" && time < row.end) this.setTimes(row.key, time, row.end);
    if (bound === "end" && time > row.start) this.setTimes(row.key, row.start, time);
  }

  /** Cut the current sentence at the cursor; its time is cut between the words there. */
  split(offset: number): void {
    const row = this.row(this.current.value);
    if (!row) return;
    const made = split(this.doc.value, row.key, offset, this.wordsOf(row));
    if (made.key === row.key) return;
    this.current.value = made.key;
    this.take(made.doc, { key: made.key, from: 0, to: 0 });
  }

  /** Join the current sentence and the next one. */
  merge(): void {
    const row = this.row(this.current.value);
    if (row)
      this.take(merge(this.doc.value, row.key), { key: row.key, from: row.text.length, to: row.text.length });
  }

  /** Join the current sentence to the one before it. */
  mergeBack(): void {
    const before = this.doc.value.rows[this.place(this.current.value) - 1];
    if (!before) return;
    this.current.value = before.key;
    this.merge();
  }

  insert(): void {
    const made = insert(this.doc.value, this.current.value, this.unit);
    this.show(made.key);
    this.take(made.doc, { key: made.key, from: 0, to: 0 });
  }

  /** A new sentence from `start` on; to `end` and by `speaker` where these are given. */
  insertAt(start: number, end?: number, speaker?: string | null): void {
    const made = insertAt(this.doc.value, start, this.unit);
    let { doc } = made;
    if (end !== undefined) doc = setTimes(doc, made.key, start, end, this.unit);
    if (speaker !== undefined) doc = setSpeaker(doc, made.key, speaker);
    this.show(made.key);
    this.take(doc, { key: made.key, from: 0, to: 0 });
  }

  remove(): void {
    const place = this.place(this.current.value);
    const { rows } = this.doc.value;
    const gone = rows[place];
    if (!gone) return;
    const next = rows[place + 1] ?? rows[place - 1] ?? null;
    this.current.value = next?.key ?? null;
    this.take(remove(this.doc.value, gone.key), next && { key: next.key, from: 0, to: 0 });
  }

  restore(key: string): void {
    this.current.value = key;
    this.take(restore(this.doc.value, key), { key, from: 0, to: 0 });
  }

  setSpeaker(key: string, speaker: string | null): void {
    this.take(setSpeaker(this.doc.value, key, speaker), null);
  }

  addSpeaker(key: string): void {
    this.setSpeaker(key, nextSpeaker(this.doc.value));
  }

  rename(from: string, to: string): void {
    this.take(renameSpeaker(this.doc.value, from, to), null);
  }

  toggle(mark: Mark): void {
    const row = this.row(this.current.value);
    if (row) this.take(toggleMark(this.doc.value, row.key, mark), null);
  }

  undo(): void {
    this.travel(undo(this.history.value), this.history.value.present.focus);
  }

  redo(): void {
    const there = redo(this.history.value);
    this.travel(there, there.present.focus);
  }

  /** Let commands be about another sentence, without the cursor going there. */
  show(key: string | null): void {
    this.current.value = key;
  }

  /** Put the cursor into a sentence. */
  enter(key: string | null | undefined, at: "start" | "end" = "start"): void {
    const row = this.row(key ?? null);
    if (!row) return;
    const cursor = at === "start" ? 0 : row.text.length;
    this.current.value = row.key;
    this.wanted.value = { key: row.key, from: cursor, to: cursor };
  }

  /** The sentence so many places away from the current one. */
  beside(by: number): Row | undefined {
    return this.doc.value.rows[this.place(this.current.value) + by];
  }

  private take(doc: Doc, focus: Focus | null, mergeAs?: string): void {
    if (this.locked.value || doc === this.doc.value) return;
    const at = performance.now();
    const step = { doc, focus };
    this.history.value = push(
      this.history.value,
      step,
      mergeAs === undefined ? { at } : { merge: mergeAs, at },
    );
    if (focus && mergeAs === undefined) this.wanted.value = focus;
    this.changed(doc);
  }

  private travel(there: History<Step>, focus: Focus | null): void {
    if (this.locked.value || there === this.history.value) return;
    this.history.value = there;
    const key = focus?.key ?? this.current.value;
    if (this.row(key)) {
      this.current.value = key;
      if (focus) this.wanted.value = focus;
    } else this.current.value = this.doc.value.rows[0]?.key ?? null;
    this.changed(this.doc.value);
  }
}
