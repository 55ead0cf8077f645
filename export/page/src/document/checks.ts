// What is suspect about a sentence while it is written, and what keeps a correction from being taken.

import type { Language } from "../api/client";
import { toMs } from "./correction";
import { cutAfter, cutBefore } from "./graphemes";
import type { Doc, Row, Unit } from "./types";

/** What the checks need of a project's guideline. */
export interface Rules {
  readonly max_sentence_seconds: number | null;
  readonly checks: readonly {
    readonly pattern: string;
    readonly languages?: readonly string[] | null;
    readonly message: string;
  }[];
  /** Characters of the Chinese script that the project does not want; null: it wants none in particular. */
  readonly other_script: string | null;
}

/** Something to look at in a sentence; `from` and `to` say where in its text, where that can be said. */
export type Finding = { readonly from?: number; readonly to?: number } & (
  | { readonly code: "empty" }
  | { readonly code: "too_long"; readonly seconds: number; readonly most: number }
  /** Letters that are written, and how many a person can say in that time at most. */
  | { readonly code: "too_fast"; readonly letters: number; readonly most: number }
  /** `message` is the project's own. */
  | { readonly code: "pattern"; readonly message: string }
  | { readonly code: "other_script"; readonly characters: string }
  /** So many seconds the same speaker speaks in the sentence before or after as well. */
  | { readonly code: "same_speaker_overlap"; readonly seconds: number }
  | { readonly code: "spaces" }
  /** A character that cannot be handed in, such as `U+0000`. */
  | { readonly code: "control"; readonly character: string }
  | { readonly code: "outside" }
);

export interface Beside {
  readonly language: Language;
  /** null: the project has none, or it is not here yet. */
  readonly guideline: Rules | null;
  readonly before?: Row;
  readonly after?: Row;
  readonly unit: Unit;
}

// Letters per second that nobody exceeds, and below how many letters that says nothing: LETTERS_PER_SECOND and
// RATED_LETTERS in models/checks.py, where their sources stand.
const FASTEST: Readonly<Record<Language, number>> = { ko: 13, en: 32, zh: 10.5, ja: 12.5 };
const RATED_LETTERS: Readonly<Record<Language, number>> = { ko: 8, en: 20, zh: 8, ja: 8 };

/** Bounds that differ by less are the same: players and drafts round. */
const SAME_SECONDS = 0.01;
/** Of each check of the guideline so many places are shown. */
const MOST_PLACES = 20;

// What export/corrections.py refuses, with the names that it has there.
const MOST_SENTENCES = 20_000;
const LONGEST_TEXT = 10_000;
const LONGEST_TEXTS = 500_000;
const LONGEST_NAME = 128;
const BEYOND_UNIT_SECONDS = 0.5;
/** Controls, half surrogates, and overrides of the order in which letters are shown. */
const REFUSED = /[\p{Cc}\p{Cs}\u202a-\u202e]/u;
const REFUSED_IN_TEXT = /(?![\t\n\r])[\p{Cc}\p{Cs}\u202a-\u202e]/u;

/** What is suspect about a sentence; empty where nothing is. */
export function checkRow(row: Row, beside: Beside): readonly Finding[] {
  const { language, guideline, before, after, unit } = beside;
  const found: Finding[] = [];
  if (row.text.trim() === "") {
    if (!row.marks.includes("inaudible")) found.push({ code: "empty" });
  } else {
    found.push(...refusedIn(row.text), ...spacesIn(row.text));
  }
  const length = row.end - row.start;
  const most = guideline?.max_sentence_seconds ?? null;
  if (most !== null && length > most + SAME_SECONDS) found.push({ code: "too_long", seconds: length, most });
  const many = letters(row.text);
  if (many >= RATED_LETTERS[language] && many > FASTEST[language] * length) {
    found.push({ code: "too_fast", letters: many, most: Math.floor(FASTEST[language] * length) });
  }
  const shared = Math.max(overlap(row, before), overlap(row, after));
  if (shared > SAME_SECONDS) found.push({ code: "same_speaker_overlap", seconds: shared });
  if (row.start < unit.start - BEYOND_UNIT_SECONDS || row.end > unit.end + BEYOND_UNIT_SECONDS) {
    found.push({ code: "outside" });
  }
  if (guideline) {
    for (const check of guideline.checks) {
      if (appliesTo(check, language)) found.push(...matches(row.text, check));
    }
    if (language === "zh" && guideline.other_script)
      found.push(...otherScript(row.text, guideline.other_script));
  }
  return found;
}

/** Whether a check of the guideline is for drafts in `language`. */
export function appliesTo(check: Rules["checks"][number], language: Language): boolean {
  return !check.languages?.length || check.languages.includes(language);
}

function refusedIn(text: string): readonly Finding[] {
  const found = REFUSED_IN_TEXT.exec(text);
  return found
    ? [{ code: "control", character: named(found[0]), from: found.index, to: found.index + found[0].length }]
    : [];
}

function named(character: string): string {
  return `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`;
}

function spacesIn(text: string): readonly Finding[] {
  return Array.from(text.matchAll(/^\s+|\s+$|\s{2,}|[\t\n\r]/gu), ({ index, 0: { length } }) => ({
    code: "spaces",
    from: index,
    to: index + length,
  }));
}

/** How many letters and digits are said, however they are spaced and marked; as `letters` in models/normalisation.py. */
function letters(text: string): number {
  return text.normalize("NFC").match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

function overlap(row: Row, other: Row | undefined): number {
  if (!other || row.speaker === null || row.speaker !== other.speaker) return 0;
  return Math.min(row.end, other.end) - Math.max(row.start, other.start);
}

const patterns = new Map<string, RegExp | null>();

/** null where it is none that this browser reads: a check must not keep anybody from working. */
function compiled(pattern: string): RegExp | null {
  let known = patterns.get(pattern);
  if (known === undefined) {
    try {
      known = new RegExp(pattern, "gu");
    } catch {
      known = null;
    }
    patterns.set(pattern, known);
  }
  return known;
}

/** A check that takes longer for one sentence is left out from then on: whoever types would wait for it at each key. */
const LONGEST_CHECK_MS = 500;

function matches(text: string, check: Rules["checks"][number]): readonly Finding[] {
  const found: Finding[] = [];
  const began = performance.now();
  for (const { index, 0: match } of text.matchAll(compiled(check.pattern) ?? NEVER)) {
    if (found.length === MOST_PLACES) break;
    found.push({ code: "pattern", message: check.message, ...seen(text, index, index + match.length) });
  }
  if (performance.now() - began > LONGEST_CHECK_MS) patterns.set(check.pattern, null);
  return found;
}

const NEVER = /(?!)/gu;

/** Whole characters, so that none is marked in part. Nothing where nothing was matched, as the end of a text is. */
function seen(text: string, from: number, to: number): { from?: number; to?: number } {
  return from === to ? {} : { from: cutBefore(text, from), to: cutAfter(text, to) };
}

const scripts = new Map<string, ReadonlySet<string>>();

function otherScript(text: string, other: string): readonly Finding[] {
  let characters = scripts.get(other);
  if (!characters) {
    characters = new Set(other);
    scripts.set(other, characters);
  }
  const found: { code: "other_script"; characters: string; from: number; to: number }[] = [];
  let at = 0;
  for (const character of text) {
    const to = at + character.length;
    if (characters.has(character)) {
      const last = found.at(-1);
      if (last?.to === at) found[found.length - 1] = { ...last, characters: last.characters + character, to };
      else found.push({ code: "other_script", characters: character, from: at, to });
    }
    at = to;
  }
  return found.map((one) => ({ ...one, ...seen(text, one.from, one.to) }));
}

/** Why a correction would be refused, and in which sentence; `key` null: all of them together. */
export type Blocker =
  | { readonly key: string; readonly code: "empty" | "times" | "outside" | "speaker" }
  | { readonly key: string; readonly code: "control"; readonly character: string }
  | { readonly key: string; readonly code: "long_text"; readonly most: number }
  | { readonly key: null; readonly code: "sentences" | "texts"; readonly most: number };

/**
 * What the server would refuse of a correction, as far as it can be seen here; empty: it can be handed in. A sentence
 * may reach as far as the unit or the draft's own sentences (`drafted`), and half a second more.
 */
export function blocking(
  doc: Doc,
  unit: Unit,
  drafted: readonly Pick<Row, "start" | "end">[] = [],
): readonly Blocker[] {
  const found: Blocker[] = [];
  const earliest =
    drafted.reduce((least, { start }) => Math.min(least, start), unit.start) - BEYOND_UNIT_SECONDS;
  const latest = drafted.reduce((most, { end }) => Math.max(most, end), unit.end) + BEYOND_UNIT_SECONDS;
  let texts = 0;
  for (const row of doc.rows) {
    const { key } = row;
    const length = characters(row.text.trim());
    texts += length;
    const [start, end] = [toMs(row.start), toMs(row.end)];
    if (!(end > start)) found.push({ key, code: "times" });
    else if (start < Math.max(0, earliest) || end > latest) found.push({ key, code: "outside" });
    if (length === 0 && !row.marks.includes("inaudible")) found.push({ key, code: "empty" });
    if (length > LONGEST_TEXT) found.push({ key, code: "long_text", most: LONGEST_TEXT });
    const refused = REFUSED_IN_TEXT.exec(row.text.trim());
    if (refused) found.push({ key, code: "control", character: named(refused[0]) });
    if (row.speaker !== null && !isName(row.speaker)) found.push({ key, code: "speaker" });
  }
  if (doc.rows.length > MOST_SENTENCES) found.push({ key: null, code: "sentences", most: MOST_SENTENCES });
  if (texts > LONGEST_TEXTS) found.push({ key: null, code: "texts", most: LONGEST_TEXTS });
  return found;
}

/** Whether a speaker may have this name. */
export function isName(name: string): boolean {
  return name.trim() !== "" && characters(name) <= LONGEST_NAME && !REFUSED.test(name);
}

/** Characters as the server counts them: code points. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
