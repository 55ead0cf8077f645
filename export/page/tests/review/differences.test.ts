import { describe, expect, it } from "vitest";
import {
  type Comparison,
  type Difference,
  isChanged,
  KINDS,
  type Kind,
  linesOf,
  nextPlace,
  type Piece,
  placesOf,
  spanOf,
  stretchesOf,
  totalsOf,
} from "../../src/review/differences";

const ALL: ReadonlySet<Kind> = new Set(KINDS);

function piece(kind: Piece["kind"], before: string, after: string): Piece {
  return { kind, before, after };
}

function same(text: string): Piece {
  return piece("same", text, text);
}

function row(
  index: number | null,
  from: readonly number[],
  pieces: Piece[],
  more: Partial<Difference> = {},
): Difference {
  return {
    index,
    from: [...from],
    pieces,
    boundaries: [],
    speaker: null,
    time: null,
    added: index !== null && from.length === 0,
    ...more,
  };
}

function comparison(base: number, rows: readonly Difference[]): Comparison {
  return { base, rows, renamed: [] };
}

describe("lines", () => {
  it("a sentence that was taken out stands where it was, and in no version that never had it", () => {
    const draft = comparison(0, [
      row(0, [0], [same("one")]),
      row(null, [1], [piece("content", "gone", "")]),
      row(1, [2], [same("two")]),
    ]);
    const first = comparison(1, [row(0, [0], [same("one")]), row(1, [1], [same("two")])]);
    const lines = linesOf([first, draft]);
    expect(lines.map((line) => line.index)).toEqual([0, null, 1]);
    expect([...(lines[1]?.was.keys() ?? [])]).toEqual([0]);
    expect(lines[2]?.was.get(0)?.from).toEqual([2]);
    expect(lines[2]?.was.get(1)?.from).toEqual([1]);
  });

  it("what two versions had and the revision has not is one line", () => {
    const gone = (place: number) => row(null, [place], [piece("content", "gone", "")]);
    const lines = linesOf([
      comparison(1, [row(0, [0], [same("one")]), gone(1)]),
      comparison(0, [row(0, [0], [same("one")]), gone(1)]),
    ]);
    expect(lines.map((line) => line.index)).toEqual([0, null]);
    expect([...(lines[1]?.was.keys() ?? [])]).toEqual([1, 0]);
  });

  it("the same words taken out twice in a row are two lines", () => {
    const gone = (place: number) => row(null, [place], [piece("content", "yes", "")]);
    const lines = linesOf([comparison(0, [gone(0), gone(1), row(0, [2], [same("one")])])]);
    expect(lines.map((line) => line.index)).toEqual([null, null, 0]);
    expect(new Set(lines.map((line) => line.key)).size).toBe(3);
  });

  it("a revision of which everything was taken out has lines all the same", () => {
    expect(linesOf([comparison(0, [row(null, [0], [piece("content", "gone", "")])])])).toHaveLength(1);
  });
});

describe("what was changed", () => {
  it("pieces of one kind beside each other are one place, and what is the same is none", () => {
    const found = placesOf(
      row(
        0,
        [0],
        [
          same("a"),
          piece("content", "b", ""),
          piece("content", "", "c"),
          same("d"),
          piece("content", "e", ""),
        ],
      ),
    );
    expect([...found]).toEqual([["content", 2]]);
  });

  it("borders, a speaker and both edges of a time are counted as the score counts them", () => {
    const found = placesOf(
      row(0, [0], [same("a")], {
        boundaries: ["split", "shift"],
        speaker: { before: "S1", after: null },
        time: { before: [1, 2], after: [1.5, 2.5] },
      }),
    );
    expect([...found]).toEqual([
      ["boundary", 2],
      ["speaker", 1],
      ["time", 2],
    ]);
  });

  it("a kind that is switched off is no change", () => {
    const changed = row(0, [0], [same("a"), piece("spacing", " ", "")]);
    expect(isChanged(changed, ALL)).toBe(true);
    expect(isChanged(changed, new Set<Kind>(["content"]))).toBe(false);
    expect(isChanged(undefined, ALL)).toBe(false);
  });

  it("a name that was changed throughout counts once, whatever number of sentences has it", () => {
    const rows = [row(0, [0], [same("a")]), row(1, [1], [piece("punctuation", ".", "!")])];
    const totals = totalsOf({ base: 0, rows, renamed: [{ from: "S1", to: "Host" }] });
    expect(totals).toMatchObject({ speaker: 1, punctuation: 1, content: 0 });
  });
});

describe("coloured text", () => {
  const pieces = [
    same("Good "),
    piece("content", "mo", "eve"),
    piece("orthography", "R", "r"),
    same("ning."),
  ];

  it("each side's stretches spell its text", () => {
    for (const shown of [ALL, new Set<Kind>(), new Set<Kind>(["orthography"])]) {
      const spelt = (side: "before" | "after") =>
        stretchesOf(pieces, side, shown)
          .map((one) => one.text)
          .join("");
      expect(spelt("before")).toBe("Good moRning.");
      expect(spelt("after")).toBe("Good everning.");
    }
  });

  it("a kind that is switched off joins what is around it", () => {
    expect(stretchesOf(pieces, "after", new Set<Kind>(["content"]))).toEqual([
      { kind: "same", text: "Good ", empty: false },
      { kind: "content", text: "eve", empty: false },
      { kind: "same", text: "rning.", empty: false },
    ]);
  });

  it("where only the other side has something, a place without text is marked", () => {
    const added = [same("a"), piece("content", "", "b")];
    expect(stretchesOf(added, "before", ALL).at(-1)).toEqual({ kind: "content", text: "", empty: true });
    expect(stretchesOf(added, "before", new Set<Kind>())).toEqual([
      { kind: "same", text: "a", empty: false },
    ]);
  });
});

describe("the next change", () => {
  const wanted = (one: string) => one === "x";

  it("goes on around both ends", () => {
    expect(nextPlace(["x", "-", "x"], 0, 1, wanted)).toBe(2);
    expect(nextPlace(["x", "-", "x"], 2, 1, wanted)).toBe(0);
    expect(nextPlace(["x", "-", "x"], 0, -1, wanted)).toBe(2);
    expect(nextPlace(["x", "-", "-"], -1, 1, wanted)).toBe(0);
  });

  it("stays where the only one is, and is nowhere where there is none", () => {
    expect(nextPlace(["-", "x"], 1, 1, wanted)).toBe(1);
    expect(nextPlace(["-", "-"], 0, 1, wanted)).toBe(null);
    expect(nextPlace([], 0, 1, wanted)).toBe(null);
  });
});

it("what several sentences became lasts from the first start to the last end", () => {
  const sentences = [
    { start: 3, end: 5 },
    { start: 1, end: 4 },
  ];
  expect(spanOf(sentences, [0, 1])).toEqual({ start: 1, end: 5 });
  expect(spanOf(sentences, [])).toBe(null);
});
