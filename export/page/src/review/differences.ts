// What became of each sentence, by version that the latest revision is compared with. All of it is plain data.

import type { Schemas } from "../api/client";

export type TextKind = "content" | "orthography" | "punctuation" | "spacing";
export type Kind = TextKind | "boundary" | "speaker" | "time";

export const TEXT_KINDS: readonly TextKind[] = ["content", "orthography", "punctuation", "spacing"];
export const KINDS: readonly Kind[] = [...TEXT_KINDS, "boundary", "speaker", "time"];

export type Piece = Schemas["PieceShown"];
export type Border = Schemas["EditedRow"]["boundaries"][number];

/** What happened to one sentence, or to one that was taken out (`index` is null), as the API tells it. */
export type Difference = Schemas["EditedRow"];

/** A version of the text (0: the draft), and what became of it up to the revision that is judged. */
export interface Comparison {
  readonly base: number;
  readonly rows: readonly Difference[];
  /** Speakers whose name was changed throughout. */
  readonly renamed: readonly Schemas["RenamedSpeaker"][];
}

/** A sentence of the revision, or one that was taken out, beside what it was in other versions. */
export interface Line {
  readonly key: string;
  /** Its place in the revision; null: it is not in it. */
  readonly index: number | null;
  /** By version; one that was taken out has no part in versions that never had it. */
  readonly was: ReadonlyMap<number, Difference>;
}

/** The lines of one or more comparisons of the same revision, in the order of the first. */
export function linesOf(compared: readonly Comparison[]): readonly Line[] {
  const kept = new Map<number, Map<number, Difference>>();
  /** Those that were taken out, by the place in the revision before which they stood, and by what they said. */
  const gone = new Map<number, Map<string, Map<number, Difference>>>();
  for (const { base, rows } of compared) {
    let before: [string, Difference][] = [];
    const settle = (place: number): void => {
      const here = gone.get(place) ?? new Map<string, Map<number, Difference>>();
      gone.set(place, here);
      for (const [said, row] of before) here.set(said, (here.get(said) ?? new Map()).set(base, row));
      before = [];
    };
    const met = new Map<string, number>();
    for (const row of rows) {
      if (row.index === null) {
        const said = row.pieces.map((piece) => piece.before).join("");
        const count = met.get(said) ?? 0;
        met.set(said, count + 1);
        before.push([`${count} ${said}`, row]);
      } else {
        settle(row.index);
        kept.set(row.index, (kept.get(row.index) ?? new Map()).set(base, row));
      }
    }
    settle(Number.POSITIVE_INFINITY);
  }
  const lines: Line[] = [];
  const put = (place: number): void => {
    for (const was of gone.get(place)?.values() ?? []) {
      lines.push({ key: `gone-${lines.length}`, index: null, was });
    }
  };
  for (const { index } of compared[0]?.rows ?? []) {
    if (index === null) continue;
    put(index);
    lines.push({ key: `${index}`, index, was: kept.get(index) ?? new Map() });
  }
  put(Number.POSITIVE_INFINITY);
  return lines;
}

/** In how many places a sentence was changed, by kind. A kind that did not happen is left out. */
export function placesOf(difference: Difference): ReadonlyMap<Kind, number> {
  const found = new Map<Kind, number>();
  const count = (kind: Kind, places: number): void => {
    if (places > 0) found.set(kind, (found.get(kind) ?? 0) + places);
  };
  let last: string | null = null;
  for (const { kind, before, after } of difference.pieces) {
    if (before === "" && after === "") continue;
    if (kind !== "same" && kind !== last) count(kind, 1);
    last = kind;
  }
  count("boundary", difference.boundaries.length);
  count("speaker", difference.speaker ? 1 : 0);
  if (difference.time) {
    const { before, after } = difference.time;
    count("time", before.filter((edge, which) => edge !== after[which]).length);
  }
  return found;
}

/** Whether a sentence differs in one of the kinds that are shown. */
export function isChanged(difference: Difference | undefined, shown: ReadonlySet<Kind>): boolean {
  return difference !== undefined && [...placesOf(difference).keys()].some((kind) => shown.has(kind));
}

/** How much of each kind there is: places in all sentences together; a name that was changed throughout is one. */
export function totalsOf({ rows, renamed }: Comparison): Readonly<Record<Kind, number>> {
  const totals = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  totals.speaker = renamed.length;
  for (const row of rows) for (const [kind, places] of placesOf(row)) totals[kind] += places;
  return totals;
}

/** As `totalsOf`, as a score counts it: of content the characters, of times the edges. */
export function totalsOfScore(edits: Schemas["EditsGiven"]): Readonly<Record<Kind, number>> {
  const { content, boundary } = edits;
  return {
    content: content.substitution + content.insertion + content.deletion,
    orthography: edits.orthography,
    punctuation: edits.punctuation,
    spacing: edits.spacing,
    boundary: boundary.split + boundary.merge + boundary.shift,
    speaker: edits.speaker,
    time: edits.time,
  };
}

/** A stretch of one side's text; `empty`: there is something on the other side only. */
export interface Stretch {
  readonly kind: "same" | TextKind;
  readonly text: string;
  readonly empty: boolean;
}

/** The text of one side in stretches of one kind each; kinds that are not shown are as if nothing had changed. */
export function stretchesOf(
  pieces: readonly Piece[],
  side: "before" | "after",
  shown: ReadonlySet<Kind>,
): readonly Stretch[] {
  const found: Stretch[] = [];
  for (const piece of pieces) {
    const kind = piece.kind !== "same" && shown.has(piece.kind) ? piece.kind : "same";
    const text = piece[side];
    if (text === "" && (kind === "same" || piece.before === piece.after)) continue;
    const last = found.at(-1);
    if (last?.kind === kind) {
      found[found.length - 1] = { kind, text: last.text + text, empty: last.empty && text === "" };
    } else found.push({ kind, text, empty: text === "" });
  }
  return found;
}

/** The place of the next line, or of the one before, that is `wanted`; around the ends; null: there is none. */
export function nextPlace<One>(
  lines: readonly One[],
  from: number,
  by: 1 | -1,
  wanted: (line: One) => boolean,
): number | null {
  for (let step = 1; step <= lines.length; step++) {
    const place = (((from + by * step) % lines.length) + lines.length) % lines.length;
    const line = lines[place];
    if (line !== undefined && wanted(line)) return place;
  }
  return null;
}

/** From when to when the sentences at `places` last; null where there are none. */
export function spanOf(
  sentences: readonly { readonly start: number; readonly end: number }[],
  places: readonly number[],
): { readonly start: number; readonly end: number } | null {
  const found = places.map((place) => sentences[place]).filter((one) => one !== undefined);
  if (found.length === 0) return null;
  return {
    start: Math.min(...found.map((one) => one.start)),
    end: Math.max(...found.map((one) => one.end)),
  };
}
