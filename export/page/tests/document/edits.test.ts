import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  docOf,
  docOfSentences,
  insert,
  insertAt,
  merge,
  nextSpeaker,
  remove,
  renameSpeaker,
  restore,
  SHORTEST_SECONDS,
  setSpeaker,
  setText,
  setTimes,
  speakersOf,
  split,
  toggleMark,
} from "../../src/document/edits";
import { type Doc, MARKS, type Row } from "../../src/document/types";
import { anyText, doc, draft, graphemes, heard, row, sentence, spoken, UNIT } from "./rows";

const keys = (of: Doc): readonly string[] => of.rows.map((one) => one.key);
const found = (of: Doc, key: string): Row => of.rows.find((one) => one.key === key) as Row;

describe("a document", () => {
  test("of a draft has a row for each sentence, in reading order", () => {
    const made = docOf(draft(sentence("b", 105, 106), sentence("c", 105, 107), sentence("a", 101, 102)));
    expect(keys(made)).toEqual(["a", "b", "c"]);
    expect(made.rows[0]).toEqual(row("a", 101, 102));
    expect(made.removed).toEqual([]);
  });

  test("of a revision keeps ids as keys, and what the revision left out is removed", () => {
    const drafted = draft(sentence("a", 101, 102), sentence("b", 103, 104));
    const made = docOfSentences(
      [{ ...sentence("x", 101, 102), from: ["a"], seconds: 3, marks: ["foreign", "inaudible"] }],
      drafted,
    );
    expect(keys(made)).toEqual(["x"]);
    expect(made.rows[0]?.marks).toEqual(["inaudible", "foreign"]);
    expect(made.removed).toEqual([row("b", 103, 104)]);
  });

  test("of a revision without ids gives keys, and never one twice", () => {
    const drafted = draft(sentence("a", 101, 102), sentence("b", 103, 104));
    const bare = { speaker: null, text: "x", seconds: null };
    const made = docOfSentences(
      [
        { ...bare, start: 101, end: 102, id: "b", from: ["a"] },
        { ...bare, start: 102, end: 103, id: null, from: [] },
        { ...bare, start: 103, end: 104, id: "b", from: [] },
      ],
      drafted,
    );
    const given = [...keys(made), ...made.removed.map((one) => one.key)];
    expect(new Set(given).size).toBe(4);
    expect(made.removed[0]?.from).toEqual(["b"]);
  });

  test("of a revision that says nothing of the draft's sentences takes those of its id, or within its time", () => {
    const drafted = draft(sentence("a", 101, 102), sentence("b", 102, 104), sentence("c", 110, 111));
    const bare = { speaker: null, text: "x", seconds: null, from: null };
    const made = docOfSentences(
      [
        { ...bare, start: 100.9, end: 103.5, id: null },
        { ...bare, start: 120, end: 121, id: "c" },
      ],
      drafted,
    );
    expect(made.rows.map((one) => one.from)).toEqual([["a", "b"], ["c"]]);
    expect(made.removed).toEqual([]);
  });
});

describe("a text, a mark, a speaker", () => {
  const before = doc(row("a", 101, 102), row("b", 103, 104, { speaker: "S2" }), row("c", 105, 106));

  test("is changed in its sentence alone", () => {
    const after = setText(before, "b", "안녕하세요");
    expect(found(after, "b").text).toBe("안녕하세요");
    expect(after.rows[0]).toBe(before.rows[0]);
    expect(after.rows[2]).toBe(before.rows[2]);
  });

  test("that is the same already, or of no sentence, leaves the very same document", () => {
    expect(setText(before, "b", "text b")).toBe(before);
    expect(setText(before, "nobody", "x")).toBe(before);
    expect(setSpeaker(before, "b", " S2 ")).toBe(before);
    expect(toggleMark(before, "nobody", "foreign")).toBe(before);
    expect(renameSpeaker(before, "S2", "S2")).toBe(before);
    expect(renameSpeaker(before, "S2", "  ")).toBe(before);
    expect(renameSpeaker(before, "S9", "Host")).toBe(before);
    expect(merge(before, "c")).toBe(before);
    expect(remove(before, "nobody")).toBe(before);
    expect(restore(before, "a")).toBe(before);
    expect(insert(before, "nobody", UNIT).doc).toBe(before);
  });

  test("marks come and go, always in the same order", () => {
    const both = toggleMark(toggleMark(before, "a", "foreign"), "a", "inaudible");
    expect(found(both, "a").marks).toEqual(["inaudible", "foreign"]);
    expect(found(toggleMark(both, "a", "foreign"), "a").marks).toEqual(["inaudible"]);
  });

  test("a speaker may be uncertain", () => {
    expect(found(setSpeaker(before, "a", null), "a").speaker).toBeNull();
    expect(found(setSpeaker(before, "a", "  "), "a").speaker).toBeNull();
  });

  test("renaming reaches every sentence, removed ones too, and may join two speakers", () => {
    const after = renameSpeaker(remove(before, "c"), "S1", "Host");
    expect(after.rows.map((one) => one.speaker)).toEqual(["Host", "S2"]);
    expect(after.removed[0]?.speaker).toBe("Host");
    expect(speakersOf(renameSpeaker(before, "S2", "S1"))).toEqual(["S1"]);
  });

  test("speakers are named in order of appearance, and the next one after the highest", () => {
    expect(speakersOf(renameSpeaker(before, "S1", "Host"))).toEqual(["Host", "S2"]);
    expect(nextSpeaker(before)).toBe("S3");
    expect(nextSpeaker(doc(row("a", 1, 2, { speaker: "Host" })))).toBe("S1");
    expect(nextSpeaker(remove(doc(row("a", 1, 2, { speaker: "S7" })), "a"))).toBe("S8");
  });
});

describe("times", () => {
  const before = doc(row("a", 101, 102), row("b", 103, 104), row("c", 105, 106));

  test("keep within the unit and a tenth of a second apart", () => {
    const start = found(setTimes(before, "a", 101.99, 102, UNIT), "a");
    expect([start.start, start.end]).toEqual([102 - SHORTEST_SECONDS, 102]);
    const end = found(setTimes(before, "b", 103, 50, UNIT), "b");
    expect([end.start, end.end]).toEqual([103, 103 + SHORTEST_SECONDS]);
    const early = found(setTimes(before, "a", 7, 102, UNIT), "a");
    expect([early.start, early.end]).toEqual([100, 102]);
    const late = found(setTimes(before, "c", 105, 999, UNIT), "c");
    expect([late.start, late.end]).toEqual([105, 700]);
  });

  test("of a sentence that is moved as a whole keep its length at the unit's ends", () => {
    const early = found(setTimes(before, "a", 99.5, 100.5, UNIT), "a");
    expect([early.start, early.end]).toEqual([100, 101]);
    const late = found(setTimes(before, "c", 699.5, 700.5, UNIT), "c");
    expect([late.start, late.end]).toEqual([699, 700]);
  });

  test("that change the order move the row", () => {
    expect(keys(setTimes(before, "a", 104.5, 105.5, UNIT))).toEqual(["b", "a", "c"]);
    expect(keys(setTimes(before, "c", 100.5, 101.5, UNIT))).toEqual(["c", "a", "b"]);
  });

  test("that the draft has beyond the unit stay where they are until they are moved", () => {
    const beyond = doc(row("a", 99.8, 102));
    expect(found(setTimes(beyond, "a", 99.8, 103, UNIT), "a").start).toBe(99.8);
    expect(found(setTimes(beyond, "a", 99.9, 102, UNIT), "a").start).toBe(100);
  });

  test("that are no numbers, or the same, change nothing", () => {
    expect(setTimes(before, "a", Number.NaN, 102, UNIT)).toBe(before);
    expect(setTimes(before, "a", 101, Number.POSITIVE_INFINITY, UNIT)).toBe(before);
    expect(setTimes(before, "a", 101, 102, UNIT)).toBe(before);
  });
});

describe("splitting", () => {
  test("cuts text and time at the cursor, between the words there", () => {
    const before = doc(row("a", 101, 104, { text: "Good morning, David. How are you?", marks: ["overlap"] }));
    const words = [
      heard(" Good", 101.1, 101.3),
      heard(" morning,", 101.3, 101.6),
      heard(" David.", 101.6, 102),
      heard(" How", 103, 103.2),
      heard(" are", 103.2, 103.4),
      heard(" you?", 103.4, 103.9),
    ];
    const { doc: after, key } = split(before, "a", 21, words);
    expect(after.rows.map((one) => one.text)).toEqual(["Good morning, David.", "How are you?"]);
    expect(found(after, "a")).toMatchObject({ start: 101, end: 102.1, from: ["a"], marks: ["overlap"] });
    expect(found(after, key)).toMatchObject({
      start: 102.9,
      end: 104,
      from: ["a"],
      marks: ["overlap"],
      speaker: "S1",
    });
  });

  test("of words without silence between them leaves no gap and no overlap", () => {
    const text = "早上好。你好吗？";
    const made = split(doc(row("a", 101, 105, { text })), "a", 4, spoken(text, 101, 105));
    expect(made.doc.rows.map((one) => [one.text, one.start, one.end])).toEqual([
      ["早上好。", 101, 103],
      ["你好吗？", 103, 105],
    ]);
  });

  test("at either end, of spaces alone, and of no sentence gives the very same document", () => {
    const before = doc(row("a", 101, 104, { text: " one two " }));
    for (const offset of [-5, 0, 1, 8, 9, 99]) {
      expect(split(before, "a", offset, [])).toEqual({ doc: before, key: "a" });
      expect(split(before, "a", offset, []).doc).toBe(before);
    }
    expect(split(before, "nobody", 3, []).doc).toBe(before);
  });

  test("never cuts a character, however many code points it has", () => {
    const family = "👨‍👩‍👧‍👦";
    const before = doc(row("a", 101, 104, { text: `네 ${family}끝` }));
    for (let offset = 3; offset < 2 + family.length; offset++) {
      expect(split(before, "a", offset, []).doc.rows.map((one) => one.text)).toEqual(["네", `${family}끝`]);
    }
  });

  test("and merging again gives the sentence that there was", () => {
    fc.assert(
      fc.property(anyText, fc.nat(60), (text, offset) => {
        const whole = text.trim();
        const before = doc(row("a", 101, 104, { text: whole }), row("b", 110, 111));
        const cut = split(before, "a", offset, []);
        if (cut.doc === before) return;
        const again = found(merge(cut.doc, "a"), "a");
        const bare = (of: string): string => of.replace(/\s+/gu, "");
        expect(bare(again.text)).toBe(bare(whole));
        expect([again.start, again.end, again.from]).toEqual([101, 104, ["a"]]);
        const seen = (of: string): number => graphemes(of).filter((one) => one.trim() !== "").length;
        expect(cut.doc.rows.slice(0, 2).reduce((sum, one) => sum + seen(one.text), 0)).toBe(seen(whole));
      }),
    );
  });
});

describe("merging", () => {
  const joined = (one: string, other: string): string | undefined =>
    merge(doc(row("a", 101, 102, { text: one }), row("b", 103, 104, { text: other })), "a").rows[0]?.text;

  test("takes the next row in, with its time, its sources and its marks", () => {
    const before = doc(
      row("a", 101, 105, { marks: ["foreign"] }),
      row("b", 102, 104, { speaker: "S2", marks: ["overlap", "foreign"], from: ["b", "c"] }),
    );
    expect(merge(before, "a").rows).toEqual([
      row("a", 101, 105, { text: "text a text b", from: ["a", "b", "c"], marks: ["overlap", "foreign"] }),
    ]);
  });

  test("writes a space between the texts, but not between Chinese or Japanese characters", () => {
    expect(joined("Good morning.", "How are you?")).toBe("Good morning. How are you?");
    expect(joined("만나요.", "네.")).toBe("만나요. 네.");
    expect(joined("早上好。", "你好吗？")).toBe("早上好。你好吗？");
    expect(joined("来ましたか", "はい")).toBe("来ましたかはい");
    expect(joined("𠮷", "𠮷")).toBe("𠮷𠮷");
    expect(joined("我们用", "AI")).toBe("我们用 AI");
    expect(joined("한글", "漢字")).toBe("한글 漢字");
    expect(joined("one ", " two")).toBe("one two");
    expect(joined("", "two")).toBe("two");
    expect(joined("one", "")).toBe("one");
  });
});

describe("a new sentence", () => {
  test("lies in the silence after another one, by the same speaker", () => {
    const before = doc(row("a", 101, 102, { speaker: "S2" }), row("b", 104, 105));
    const made = insert(before, "a", UNIT);
    expect(found(made.doc, made.key)).toEqual({
      ...row(made.key, 102, 104, { speaker: "S2", text: "" }),
      from: [],
    });
    expect(keys(made.doc)).toEqual(["a", made.key, "b"]);
  });

  test("is at most ten seconds long in a long silence", () => {
    const made = insert(doc(row("a", 101, 102)), "a", UNIT);
    expect(found(made.doc, made.key)).toMatchObject({ start: 102, end: 112 });
  });

  test("takes the last second where there is no silence", () => {
    const made = insert(doc(row("a", 101, 104), row("b", 104, 105)), "a", UNIT);
    expect(found(made.doc, made.key)).toMatchObject({ start: 103, end: 104 });
    expect(keys(made.doc)).toEqual(["a", made.key, "b"]);
    const last = insert(doc(row("a", 699, 700)), "a", UNIT);
    expect(found(last.doc, last.key)).toMatchObject({ start: 699, end: 700 });
  });

  test("comes first where none is before it", () => {
    const made = insert(doc(row("a", 105, 106)), null, UNIT);
    expect(found(made.doc, made.key)).toMatchObject({ start: 100, end: 105, speaker: null });
    const empty = insert(doc(), null, UNIT);
    expect(found(empty.doc, empty.key)).toMatchObject({ start: 100, end: 110, speaker: null });
    const tight = insert(doc(row("a", 100, 106)), null, UNIT);
    expect(found(tight.doc, tight.key)).toMatchObject({ start: 100, end: 101 });
    expect(keys(tight.doc)[0]).toBe(tight.key);
  });

  test("at a time begins there and ends before the next one", () => {
    const before = doc(row("a", 101, 102, { speaker: "S2" }), row("b", 104, 105));
    const made = insertAt(before, 102.5, UNIT);
    expect(found(made.doc, made.key)).toMatchObject({
      start: 102.5,
      end: 104,
      speaker: "S2",
      from: [],
      text: "",
    });
    const long = insertAt(before, 300, UNIT);
    expect(found(long.doc, long.key)).toMatchObject({ start: 300, end: 302, speaker: "S1" });
    const late = insertAt(before, 9999, UNIT);
    expect(found(late.doc, late.key)).toMatchObject({ start: 700 - SHORTEST_SECONDS, end: 700 });
    const first = insertAt(before, 100, UNIT);
    expect(found(first.doc, first.key).speaker).toBeNull();
  });
});

describe("removing", () => {
  const before = doc(row("a", 101, 102), row("b", 103, 104), row("c", 105, 106));

  test("can be taken back, in any order", () => {
    const without = remove(remove(before, "c"), "a");
    expect(keys(without)).toEqual(["b"]);
    expect(without.removed.map((one) => one.key)).toEqual(["a", "c"]);
    expect(restore(restore(without, "c"), "a")).toEqual(before);
  });

  test("of an added sentence without text leaves nothing to put back", () => {
    const made = insert(before, "a", UNIT);
    expect(remove(made.doc, made.key)).toEqual(before);
    const written = setText(made.doc, made.key, "words");
    expect(remove(written, made.key).removed).toHaveLength(1);
  });
});

describe("whatever is done", () => {
  type Step = (before: Doc, pick: number) => Doc;
  const keyOf = (of: readonly Row[], pick: number): string =>
    of[pick % Math.max(1, of.length)]?.key ?? "nobody";
  const time = fc.double({ min: 90, max: 710, noNaN: true });
  const step: fc.Arbitrary<Step> = fc.oneof(
    anyText.map(
      (text): Step =>
        (before, pick) =>
          setText(before, keyOf(before.rows, pick), text),
    ),
    fc.constantFrom(...MARKS).map(
      (mark): Step =>
        (before, pick) =>
          toggleMark(before, keyOf(before.rows, pick), mark),
    ),
    fc.tuple(time, time).map(
      ([start, end]): Step =>
        (before, pick) =>
          setTimes(before, keyOf(before.rows, pick), start, end, UNIT),
    ),
    fc.double({ min: -20, max: 20, noNaN: true }).map(
      (by): Step =>
        (before, pick) => {
          const one = before.rows[pick % Math.max(1, before.rows.length)];
          return one ? setTimes(before, one.key, one.start + by, one.end + by, UNIT) : before;
        },
    ),
    fc.constantFrom("S1", "S2", null).map(
      (speaker): Step =>
        (before, pick) =>
          setSpeaker(before, keyOf(before.rows, pick), speaker),
    ),
    fc.nat(40).map(
      (offset): Step =>
        (before, pick) => {
          const one = before.rows[pick % Math.max(1, before.rows.length)];
          return one ? split(before, one.key, offset, spoken(one.text, one.start, one.end)).doc : before;
        },
    ),
    fc.constant<Step>((before, pick) => merge(before, keyOf(before.rows, pick))),
    fc.constant<Step>((before, pick) => remove(before, keyOf(before.rows, pick))),
    fc.constant<Step>((before, pick) => restore(before, keyOf(before.removed, pick))),
    fc.constant<Step>((before, pick) => insert(before, before.rows[pick % 9]?.key ?? null, UNIT).doc),
    time.map(
      (at): Step =>
        (before) =>
          insertAt(before, at, UNIT).doc,
    ),
  );

  test("rows are in order, within the unit, with keys of their own, and no sentence of the draft is lost", () => {
    const first = docOf(
      draft(
        sentence("1", 101, 103),
        sentence("2", 102, 105),
        sentence("3", 105, 106),
        sentence("4", 690, 700),
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(20)), { maxLength: 40 }), (steps) => {
        const after = steps.reduce((before, [act, pick]) => act(before, pick), first);
        for (const rows of [after.rows, after.removed]) {
          for (const [place, one] of rows.entries()) {
            const next = rows[place + 1];
            if (next)
              expect(one.start < next.start || (one.start === next.start && one.end <= next.end)).toBe(true);
            expect(one.start).toBeGreaterThanOrEqual(UNIT.start);
            expect(one.end).toBeLessThanOrEqual(UNIT.end + 1e-9);
            expect(one.end).toBeGreaterThan(one.start);
            expect(one.marks).toEqual(MARKS.filter((mark) => one.marks.includes(mark)));
          }
        }
        const every = [...after.rows, ...after.removed];
        expect(new Set(every.map((one) => one.key)).size).toBe(every.length);
        expect(new Set(every.flatMap((one) => one.from))).toEqual(new Set(["1", "2", "3", "4"]));
      }),
      { numRuns: 300 },
    );
  });
});
