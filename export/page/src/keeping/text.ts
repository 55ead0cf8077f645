// What a person has typed, as it is kept here and on the server, and which of two such texts is the later one.
//
// No clock decides that: clocks jump, and those of two devices differ. Each opening of a draft is a session, and counts
// its changes. A text knows how far it has come of each session that had a part in it (`lineage`). So it is seen of any
// two texts whether one was made of the other, or whether they went apart.

import type { Span } from "../document/spans";
import type { Doc } from "../document/types";
import { joined } from "./played";

export interface Text {
  readonly form: 1;
  readonly doc: Doc;
  /** Changes by session that are in it; {}: nothing was ever changed. */
  readonly lineage: Readonly<Record<string, number>>;
  /** Active seconds by session, so that no second counts twice, nor is lost, where texts meet. */
  readonly active: Readonly<Record<string, number>>;
  readonly secondsByRow: Readonly<Record<string, number>>;
  readonly played: readonly Span[];
}

export type Order = "same" | "ahead" | "behind" | "apart";

/** How one text stands to another: `ahead` was made of the other one, `behind` the reverse, `apart` neither. */
export function compare(one: Text, other: Text): Order {
  const hasAll = (these: Text, those: Text): boolean =>
    Object.entries(those.lineage).every(([session, step]) => (these.lineage[session] ?? 0) >= step);
  const ahead = hasAll(one, other);
  const behind = hasAll(other, one);
  if (ahead && behind) return "same";
  if (ahead) return "ahead";
  return behind ? "behind" : "apart";
}

/** `text`, with what was measured while others were typed: that was work on the same draft. */
export function withMeasuresOf(text: Text, other: Text): Text {
  return {
    ...text,
    active: larger(text.active, other.active),
    secondsByRow: larger(text.secondsByRow, other.secondsByRow),
    played: joined(text.played, other.played),
  };
}

/** `text`, as one that knows of the other and was preferred to it. */
export function preferredTo(text: Text, other: Text): Text {
  return { ...text, lineage: larger(text.lineage, other.lineage) };
}

/** Whether anything was ever changed in it. */
export function isTouched(text: Text): boolean {
  return Object.keys(text.lineage).length > 0;
}

/** Active seconds in all. */
export function leadTimeOf(text: Text): number {
  return Object.values(text.active).reduce((sum, seconds) => sum + seconds, 0);
}

/** What came from elsewhere as a text; null where it is none that this page wrote. */
export function readText(given: unknown): Text | null {
  if (typeof given !== "object" || given === null) return null;
  const { form, doc, lineage, active, secondsByRow, played } = given as Partial<Record<keyof Text, unknown>>;
  if (form !== 1 || typeof doc !== "object" || doc === null) return null;
  const { rows, removed } = doc as Partial<Doc>;
  if (!Array.isArray(rows) || !Array.isArray(removed) || !Array.isArray(played)) return null;
  if (![lineage, active, secondsByRow].every((one) => typeof one === "object" && one !== null)) return null;
  return { form, doc, lineage, active, secondsByRow, played } as Text;
}

function larger(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const both = { ...one };
  for (const [name, value] of Object.entries(other)) both[name] = Math.max(both[name] ?? 0, value);
  return both;
}
