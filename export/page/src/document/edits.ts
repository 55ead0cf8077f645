// Every change that a person makes to the sentences. Each gives a new Doc, or the very same one where nothing changes.

import type { CorrectedSentence, Draft } from "../api/client";
import { cutBefore } from "./graphemes";
import { type Doc, MARKS, type Mark, type Row, type Unit } from "./types";
import { cutAt, type Heard } from "./words";

/** No sentence is made shorter than this. */
export const SHORTEST_SECONDS = 0.1;

/** A silence shorter than this has no room for a sentence. */
const ROOM_SECONDS = 0.3;
/** A new sentence is at most this long, however long the silence is. */
const LONGEST_NEW_SECONDS = 10;
const NEW_SECONDS = 1;
const NEW_AT_CURSOR_SECONDS = 2;

type Sources = Pick<Draft, "sentences">;
type Corrected = Omit<CorrectedSentence, "marks"> & { readonly marks?: readonly Mark[] };

/** The draft as it came: a row for each sentence. */
export function docOf(draft: Sources): Doc {
  const rows = draft.sentences.map(
    (sentence): Row => ({ ...rowOf(sentence), key: sentence.id, from: [sentence.id] }),
  );
  return { rows: rows.sort(inReading), removed: [] };
}

/**
 * A correction as it was handed in. Keys are its ids; a sentence without one gets a new one. Where the tool did not
 * say of which sentences of the draft one was made, those count that lie mostly within its time. Sentences of the draft
 * that none was made of are `removed`.
 */
export function docOfSentences(sentences: readonly Corrected[], draft: Sources): Doc {
  const drafted = new Set(draft.sentences.map((sentence) => sentence.id));
  const keys = new Set<string>();
  const used = new Set<string>();
  const keyed = (wanted: string | null | undefined): string => {
    const key = wanted === null || wanted === undefined || keys.has(wanted) ? newKey() : wanted;
    keys.add(key);
    return key;
  };
  const rows = sentences.map((sentence): Row => {
    const from = sentence.from ?? guessed(sentence, draft, drafted);
    for (const id of from) used.add(id);
    return { ...rowOf(sentence), key: keyed(sentence.id), from };
  });
  const removed = draft.sentences
    .filter((sentence) => !used.has(sentence.id))
    .map((sentence): Row => ({ ...rowOf(sentence), key: keyed(sentence.id), from: [sentence.id] }));
  return { rows: rows.sort(inReading), removed: removed.sort(inReading) };
}

function rowOf(sentence: Omit<Corrected, "id" | "from" | "seconds">): Omit<Row, "key" | "from"> {
  const { start, end, speaker, text, marks = [] } = sentence;
  return { start, end, speaker, text, marks: MARKS.filter((mark) => marks.includes(mark)) };
}

function guessed(sentence: Corrected, draft: Sources, drafted: ReadonlySet<string>): readonly string[] {
  if (sentence.id !== null && drafted.has(sentence.id)) return [sentence.id];
  return draft.sentences
    .filter((one) => {
      const shared = Math.min(one.end, sentence.end) - Math.max(one.start, sentence.start);
      return shared > (one.end - one.start) / 2;
    })
    .map((one) => one.id);
}

/** Another text, letter by letter as it is given. */
export function setText(doc: Doc, key: string, text: string): Doc {
  return changed(doc, key, (row) => (row.text === text ? row : { ...row, text }));
}

/** A mark that was there is taken away, one that was not is set. */
export function toggleMark(doc: Doc, key: string, mark: Mark): Doc {
  return changed(doc, key, (row) => ({
    ...row,
    marks: MARKS.filter((one) => (one === mark) !== row.marks.includes(one)),
  }));
}

/**
 * Other times, in seconds of the recording. A bound that is moved stays within the unit and a tenth of a second from
 * the other one; a sentence that is moved as a whole keeps its length. A bound that is not moved stays, wherever it is.
 */
export function setTimes(doc: Doc, key: string, start: number, end: number, unit: Unit): Doc {
  if (!Number.isFinite(start) || !Number.isFinite(end)) return doc;
  return changed(doc, key, (row) => {
    const [from, to] = timesWithin(row, start, end, unit);
    return from === row.start && to === row.end ? row : { ...row, start: from, end: to };
  });
}

function timesWithin(row: Row, start: number, end: number, unit: Unit): readonly [number, number] {
  const length = row.end - row.start;
  const latest = unit.end - SHORTEST_SECONDS;
  if (start !== row.start && end !== row.end) {
    if (Math.abs(end - start - length) < 1e-6) {
      const from = Math.max(unit.start, Math.min(start, unit.end - length));
      return [from, Math.min(from + length, Math.max(unit.end, row.end))];
    }
    const from = clamp(start, unit.start, latest);
    return [from, clamp(end, from + SHORTEST_SECONDS, unit.end)];
  }
  if (start !== row.start)
    return [Math.min(clamp(start, unit.start, latest), row.end - SHORTEST_SECONDS), row.end];
  if (end !== row.end) {
    const to = clamp(end, unit.start + SHORTEST_SECONDS, unit.end);
    return [row.start, Math.max(to, row.start + SHORTEST_SECONDS)];
  }
  return [row.start, row.end];
}

/** Another speaker for one sentence; null, or a name of spaces: uncertain. */
export function setSpeaker(doc: Doc, key: string, speaker: string | null): Doc {
  const name = speaker?.trim() || null;
  return changed(doc, key, (row) => (row.speaker === name ? row : { ...row, speaker: name }));
}

/** Another name for a speaker in every sentence, removed ones too. If somebody has it already, both become one. */
export function renameSpeaker(doc: Doc, from: string, to: string): Doc {
  const name = to.trim();
  if (name === "" || name === from) return doc;
  const renamed = (rows: readonly Row[]): readonly Row[] =>
    rows.some((row) => row.speaker === from)
      ? rows.map((row) => (row.speaker === from ? { ...row, speaker: name } : row))
      : rows;
  const [rows, removed] = [renamed(doc.rows), renamed(doc.removed)];
  return rows === doc.rows && removed === doc.removed ? doc : { rows, removed };
}

/** Names of the speakers, in order of appearance. */
export function speakersOf(doc: Doc): readonly string[] {
  const names = new Set<string>();
  for (const { speaker } of doc.rows) if (speaker !== null) names.add(speaker);
  return [...names];
}

/** A name for one more speaker: after the highest S1, S2 … that is given, also to sentences that were removed. */
export function nextSpeaker(doc: Doc): string {
  let highest = 0;
  for (const { speaker } of [...doc.rows, ...doc.removed]) {
    const found = /^S(\d{1,6})$/.exec(speaker ?? "");
    if (found) highest = Math.max(highest, Number(found[1]));
  }
  return `S${highest + 1}`;
}

/** What came of an edit that makes a sentence, and the key of that sentence. */
export interface Made {
  readonly doc: Doc;
  readonly key: string;
}

/**
 * Cut a sentence in two at a place of its text; `words` tell when. The first part keeps the key, both keep the
 * rest. At either end of the text there is nothing to cut: the same Doc, with the key that was given.
 */
export function split(doc: Doc, key: string, offset: number, words: readonly Heard[]): Made {
  const row = doc.rows.find((one) => one.key === key);
  if (!row) return { doc, key };
  const at = cutBefore(row.text, offset);
  const [first, second] = [row.text.slice(0, at).trimEnd(), row.text.slice(at).trimStart()];
  if (first.trim() === "" || second.trim() === "") return { doc, key };
  const cut = cutAt(row.text, at, row, words);
  const room = Math.min(SHORTEST_SECONDS, (row.end - row.start) / 2);
  const made: Row = {
    ...row,
    key: newKey(),
    text: second,
    start: clamp(cut.start, row.start + room, row.end - room),
  };
  const kept: Row = { ...row, text: first, end: clamp(cut.end, row.start + room, row.end - room) };
  const rows = doc.rows.filter((one) => one !== row);
  return { doc: { ...doc, rows: added(added(rows, kept), made) }, key: made.key };
}

/** Join a sentence and the one after it in reading order. It keeps its key and speaker; marks of both stay. */
export function merge(doc: Doc, key: string): Doc {
  const place = doc.rows.findIndex((row) => row.key === key);
  const [first, second] = [doc.rows[place], doc.rows[place + 1]];
  if (!first || !second) return doc;
  const joined: Row = {
    ...first,
    from: [...new Set([...first.from, ...second.from])],
    start: Math.min(first.start, second.start),
    end: Math.max(first.end, second.end),
    text: joinedText(first.text, second.text),
    marks: MARKS.filter((mark) => first.marks.includes(mark) || second.marks.includes(mark)),
  };
  const rest = doc.rows.filter((row) => row !== first && row !== second);
  return { ...doc, rows: added(rest, joined) };
}

// The same characters between which models/normalisation.py leaves no spaces. Korean is not among them: it has spaces.
const CJK =
  /[\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3134f}]/u;

function joinedText(first: string, second: string): string {
  const [one, other] = [first.trimEnd(), second.trimStart()];
  if (one === "" || other === "") return one + other;
  const tight =
    CJK.test(lastCharacter(one)) && CJK.test(String.fromCodePoint(other.codePointAt(0) as number));
  return tight ? one + other : `${one} ${other}`;
}

function lastCharacter(text: string): string {
  return /.$/su.exec(text.slice(-2))?.[0] ?? "";
}

/**
 * An empty sentence after the one of `after`, by the same speaker: in the silence behind it; where there is none, in
 * its last second. Where `after` is null: before all others. An unknown key: the same Doc.
 */
export function insert(doc: Doc, after: string | null, unit: Unit): Made {
  const place = doc.rows.findIndex((row) => row.key === after);
  const row = doc.rows[place];
  const next = doc.rows[place + 1];
  if (after !== null && !row) return { doc, key: after };
  if (row) {
    const end = Math.min(next?.start ?? unit.end, row.end + LONGEST_NEW_SECONDS);
    if (end - row.end >= ROOM_SECONDS) return made(doc, row.end, end, row.speaker);
    return made(doc, Math.max(row.start, row.end - NEW_SECONDS), row.end, row.speaker);
  }
  const end = next?.start ?? Math.min(unit.end, unit.start + LONGEST_NEW_SECONDS);
  const start = Math.max(unit.start, end - LONGEST_NEW_SECONDS);
  if (end - start >= ROOM_SECONDS) return made(doc, start, end, null);
  return made(doc, unit.start, Math.min(unit.end, unit.start + NEW_SECONDS), null);
}

/**
 * An empty sentence from `time` on, by who spoke last: two seconds long, or as far as the next sentence and the unit
 * reach.
 */
export function insertAt(doc: Doc, time: number, unit: Unit): Made {
  const start = clamp(time, unit.start, unit.end - SHORTEST_SECONDS);
  const place = placeOf(doc.rows, { start, end: Number.POSITIVE_INFINITY });
  const next = doc.rows[place]?.start ?? unit.end;
  const end = Math.min(start + NEW_AT_CURSOR_SECONDS, unit.end, Math.max(next, start + ROOM_SECONDS));
  return made(doc, start, end, doc.rows[place - 1]?.speaker ?? null);
}

function made(doc: Doc, start: number, end: number, speaker: string | null): Made {
  const row: Row = { key: newKey(), from: [], start, end, speaker, text: "", marks: [] };
  return { doc: { ...doc, rows: added(doc.rows, row) }, key: row.key };
}

/** Take a sentence out; it can be put back, unless it is one that was added and has no text. */
export function remove(doc: Doc, key: string): Doc {
  const row = doc.rows.find((one) => one.key === key);
  if (!row) return doc;
  const worthless = row.from.length === 0 && row.text.trim() === "";
  return {
    rows: doc.rows.filter((one) => one !== row),
    removed: worthless ? doc.removed : added(doc.removed, row),
  };
}

/** Put a sentence back that was taken out. */
export function restore(doc: Doc, key: string): Doc {
  const row = doc.removed.find((one) => one.key === key);
  if (!row) return doc;
  return { rows: added(doc.rows, row), removed: doc.removed.filter((one) => one !== row) };
}

function changed(doc: Doc, key: string, change: (row: Row) => Row): Doc {
  const place = doc.rows.findIndex((row) => row.key === key);
  const before = doc.rows[place];
  if (!before) return doc;
  const after = change(before);
  if (after === before) return doc;
  if (after.start !== before.start || after.end !== before.end) {
    return { ...doc, rows: added(doc.rows.toSpliced(place, 1), after) };
  }
  return { ...doc, rows: doc.rows.with(place, after) };
}

/** `rows`, which are in order, and one more in its place: after those that begin and end as it does. */
function added(rows: readonly Row[], row: Row): readonly Row[] {
  return rows.toSpliced(placeOf(rows, row), 0, row);
}

function placeOf(rows: readonly Row[], time: Pick<Row, "start" | "end">): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inReading(rows[middle] as Row, time) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function inReading(one: Pick<Row, "start" | "end">, other: Pick<Row, "start" | "end">): number {
  return one.start - other.start || one.end - other.end;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/** A key that no sentence has had, on any device: 60 random bits. */
function newKey(): string {
  const parts = crypto.getRandomValues(new Uint32Array(2));
  return `p${Array.from(parts, (part) => (part >>> 2).toString(36).padStart(6, "0")).join("")}`;
}
