// The recogniser's words in a text that people have changed since: where they stand, when they were said.

import type { DraftSentence, DraftWord } from "../api/client";
import { cutBefore } from "./graphemes";
import type { Row } from "./types";

/** What is needed of a recogniser's word. Its text has the space before it, where one was written. */
export type Heard = Pick<DraftWord, "text" | "start" | "end" | "confidence">;

/** A stretch of a text, in UTF-16 offsets: [from, to). */
export type Stretch = readonly [from: number, to: number];

/** So much beyond the words a sentence is left when it is cut in a silence, as the pipeline leaves it. */
const PAD_SECONDS = 0.1;
/** So far from where it stood at first a word is looked for, beside what the text has grown or shrunk. */
const DRIFT = 200;

/**
 * The words that a row was made of, as the draft's text writes them: `words` spell the raw text, which may be in the
 * other Chinese script than the text. Of a sentence that was split only those in the row's own time.
 */
export function wordsOf<Word extends Heard>(
  row: Pick<Row, "start" | "end">,
  sentences: readonly (Pick<DraftSentence, "text"> & { readonly words: readonly Word[] })[],
): readonly Word[] {
  const all = sentences.flatMap((sentence) => asWritten(sentence.text, sentence.words));
  const inTime = within(row, all);
  return inTime.length > 0 ? inTime : all;
}

function asWritten<Word extends Heard>(text: string, words: readonly Word[]): readonly Word[] {
  const bare = [...text.normalize("NFC").replace(/\s+/gu, "")];
  const counted = words.map((word) => [...word.text.normalize("NFC").replace(/\s+/gu, "")]);
  const raw = counted.flat();
  if (raw.length !== bare.length || raw.every((character, at) => character === bare[at])) return words;
  let at = 0;
  return words.map((word, place) => {
    const from = at;
    at += counted[place]?.length ?? 0;
    const space = /^\s*/u.exec(word.text)?.[0] ?? "";
    return { ...word, text: space + bare.slice(from, at).join("") };
  });
}

function within<Word extends Heard>(
  row: Pick<Row, "start" | "end">,
  words: readonly Word[],
): readonly Word[] {
  return words.filter((word) => {
    const middle = (word.start + word.end) / 2;
    return row.start <= middle && middle <= row.end;
  });
}

/** One word at one place, as the end of the best chain of words that leads there. */
interface Link {
  readonly word: number;
  readonly from: number;
  readonly to: number;
  readonly score: number;
  readonly before: Link | null;
}

/**
 * For each of `words` where it stands in `text`; null where it is no more there. They stand in their order, and as
 * many letters of them as can be; of equal ways the one in which words that stood together do so still. A word that
 * is now part of a longer one ("school" of "schools") is not there.
 */
export function placed(text: string, words: readonly Heard[]): readonly (Stretch | null)[] {
  const found: (Stretch | null)[] = words.map(() => null);
  const written = words.map((word) => word.text.normalize("NFC").trim());
  const drift = DRIFT + Math.abs(text.length - words.reduce((sum, word) => sum + word.text.length, 0));
  // best[p]: the best chain that ends at or before p; its score never falls from left to right.
  const best: (Link | null)[] = new Array(text.length + 1).fill(null);
  let last: ReadonlyMap<number, Link> = new Map();
  let expected = 0;
  for (const [place, word] of words.entries()) {
    const one = written[place] as string;
    const links: Link[] = [];
    if (one !== "") {
      const loose = place === 0 || /^\s/u.test(word.text);
      const next = words[place + 1];
      const bound = next === undefined || /^\s/u.test(next.text);
      const until = expected + drift;
      for (let from = text.indexOf(one, Math.max(0, expected - drift)); from >= 0 && from <= until; ) {
        const to = from + one.length;
        if (stands(text, from, to, loose, bound)) links.push(linked(text, place, from, to, best, last));
        from = text.indexOf(one, from + 1);
      }
    }
    for (const link of links) {
      for (let at = link.to; at < best.length && (best[at]?.score ?? 0) < link.score; at++) best[at] = link;
    }
    last = new Map(links.map((link) => [link.to, link]));
    expected += word.text.length;
  }
  for (let link = best[text.length] ?? null; link; link = link.before)
    found[link.word] = [link.from, link.to];
  return found;
}

function linked(
  text: string,
  word: number,
  from: number,
  to: number,
  best: readonly (Link | null)[],
  last: ReadonlyMap<number, Link>,
): Link {
  const before = best[from] ?? null;
  const score = (before?.score ?? 0) + to - from;
  // A chain whose last word is the one before this, and stands right before it, is preferred to one as good.
  const beside = last.get(text.slice(0, from).trimEnd().length);
  if (!beside || beside.score + TOGETHER <= (before?.score ?? 0)) return { word, from, to, score, before };
  return { word, from, to, score: beside.score + TOGETHER + to - from, before: beside };
}

/** What it is worth that words stand together: less than any letter, however many there are. */
const TOGETHER = 1e-5;

const SPACED = /[\p{L}\p{N}\p{M}]/u;
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]/u;
// Beside these a character may go on: marks, parts of emoji, of flags and of syllables that are written in parts.
const JOINING = /[\p{M}\p{Emoji_Modifier}\p{RI}\p{Join_C}\u1160-\u11ff]/u;

/** Whether a stretch is a word by itself: not the middle of a longer one, nor cut out of a character. */
function stands(text: string, from: number, to: number, loose: boolean, bound: boolean): boolean {
  const after = characterAt(text, to);
  if (loose && inWord(characterBefore(text, from)) && inWord(characterAt(text, from))) return false;
  if (bound && inWord(characterBefore(text, to)) && inWord(after)) return false;
  return mayCut(text, from) && mayCut(text, to);
}

function mayCut(text: string, at: number): boolean {
  const beside = characterBefore(text, at) + characterAt(text, at);
  return !JOINING.test(beside) || cutBefore(text, at) === at;
}

function inWord(character: string): boolean {
  return SPACED.test(character) && !UNSPACED.test(character);
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function characterBefore(text: string, at: number): string {
  return at <= 0 ? "" : characterAt(text, isLow(text, at - 1) ? at - 2 : at - 1);
}

function isLow(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

/**
 * When what stands at `offset` of `text` is said, in seconds of the recording: from the words around it, in the middle
 * of the silence where it lies between two; by its share of the characters where the words there were changed.
 */
export function timeAt(
  text: string,
  offset: number,
  row: Pick<Row, "start" | "end">,
  words: readonly Heard[],
): number {
  const { before, after } = around(text, offset, row, words);
  return clamped(row, between(text, offset, before, after));
}

/**
 * When the first part of a row ends and the second begins where it is cut at `offset`: in a silence each keeps a
 * tenth of a second beside its words, elsewhere one ends where the other begins.
 */
export function cutAt(
  text: string,
  offset: number,
  row: Pick<Row, "start" | "end">,
  words: readonly Heard[],
): { readonly end: number; readonly start: number } {
  const { before, after } = around(text, offset, row, words);
  const time = clamped(row, between(text, offset, before, after));
  const silent = before.isWord && after.isWord && text.slice(before.at, after.at).trim() === "";
  const pad = Math.min(PAD_SECONDS, (after.time - before.time) / 2);
  if (!silent || pad <= 0) return { end: time, start: time };
  return { end: clamped(row, before.time + pad), start: clamped(row, after.time - pad) };
}

/** A place of the text of which the time is known. */
interface Anchor {
  readonly at: number;
  readonly time: number;
  readonly isWord: boolean;
}

function around(
  text: string,
  offset: number,
  row: Pick<Row, "start" | "end">,
  words: readonly Heard[],
): { before: Anchor; after: Anchor } {
  let before: Anchor = { at: 0, time: row.start, isWord: false };
  let after: Anchor = { at: text.length, time: row.end, isWord: false };
  const inTime = within(row, words);
  for (const [place, stretch] of placed(text, inTime).entries()) {
    const word = inTime[place];
    if (!stretch || !word) continue;
    const [from, to] = stretch;
    if (to <= offset) before = { at: to, time: word.end, isWord: true };
    else if (from < offset) {
      return {
        before: { at: from, time: word.start, isWord: false },
        after: { at: to, time: word.end, isWord: false },
      };
    } else {
      after = { at: from, time: word.start, isWord: true };
      break;
    }
  }
  return { before, after };
}

function between(text: string, offset: number, before: Anchor, after: Anchor): number {
  const whole = bare(text, before.at, after.at);
  const share = whole === 0 ? 0.5 : bare(text, before.at, offset) / whole;
  return before.time + share * (after.time - before.time);
}

function bare(text: string, from: number, to: number): number {
  return text.slice(from, to).replace(/\s+/gu, "").length;
}

function clamped(row: Pick<Row, "start" | "end">, time: number): number {
  return Math.min(Math.max(time, row.start), row.end);
}

/** Where `text` still has words of which the recogniser was less sure than `below`, as the machine wrote them. */
export function unsure(text: string, words: readonly Heard[], below = 0.5): readonly Stretch[] {
  if (!words.some((word) => word.confidence < below)) return [];
  return placed(text, words).filter((stretch, place): stretch is Stretch => {
    const word = words[place];
    return stretch !== null && word !== undefined && word.confidence < below && SPACED.test(word.text);
  });
}
