// Builders of what the tests of the document edit.

import fc from "fast-check";
import type { Draft, DraftSentence } from "../../src/api/client";
import type { Doc, Row, Unit } from "../../src/document/types";
import type { Heard } from "../../src/document/words";

export const UNIT: Unit = { start: 100, end: 700 };

export function row(key: string, start: number, end: number, rest: Partial<Row> = {}): Row {
  return { key, from: [key], start, end, speaker: "S1", text: `text ${key}`, marks: [], ...rest };
}

export function doc(...rows: readonly Row[]): Doc {
  return { rows, removed: [] };
}

export function heard(text: string, start: number, end: number, confidence = 0.9): Heard {
  return { text, start, end, confidence };
}

/** Words of equal length without silence between them; of a text without spaces each character is one. */
export function spoken(text: string, start: number, end: number): Heard[] {
  const pieces = text.includes(" ") ? text.split(/(?= )/u) : [...text];
  const each = (end - start) / pieces.length;
  return pieces.map((piece, place) => heard(piece, start + place * each, start + (place + 1) * each));
}

export function sentence(
  id: string,
  start: number,
  end: number,
  rest: Partial<DraftSentence> = {},
): DraftSentence {
  const text = `text ${id}`;
  return {
    id,
    start,
    end,
    speaker: "S1",
    language: "en",
    text,
    raw_text: text,
    confidence: 0.9,
    flags: [],
    words: [],
    ...rest,
  };
}

export function draft(...sentences: DraftSentence[]): Pick<Draft, "sentences"> {
  return { sentences };
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a person sees as characters. */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Sentences in the four languages, with emoji of several parts, combining marks and what people mistype. */
export const TEXTS: readonly string[] = [
  "지영 씨, 화요일에 운동장에서 만나요.",
  "한국말".normalize("NFD"),
  "Good morning, David.",
  "It isn't a co-operation, is it?",
  "罗师傅，早上好。",
  "𠮷野家で食べました。",
  "おはようございます、いとこはもう来ましたか？",
  "がぎぐ".normalize("NFD"),
  "AI 시대 我们 said はい",
  "👨‍👩‍👧‍👦 family 🇰🇷🇯🇵 👍🏽 e\u0301te\u0301",
  "  two  spaces ",
  "",
];

/** Texts as people write them: those above, pieces of them, and anything else. */
export const anyText = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.array(fc.constantFrom(...TEXTS), { maxLength: 4 }).map((texts) => texts.join(" ")),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);
