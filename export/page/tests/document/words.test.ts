import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutBefore } from "../../src/document/graphemes";
import { cutAt, placed, timeAt, unsure, wordsOf } from "../../src/document/words";
import { anyText, heard, sentence, spoken, TEXTS } from "./rows";

const stand = (text: string, words: Parameters<typeof placed>[1]): (string | null)[] =>
  placed(text, words).map((stretch) => stretch && text.slice(...stretch));

describe("the recogniser's words in a text", () => {
  test("stand where they were written", () => {
    for (const text of TEXTS.map((one) => one.normalize("NFC").trim().replace(/\s+/gu, " "))) {
      const words = spoken(text, 0, 10).filter((word) => word.text.trim() !== "");
      if (text.includes("👨") || text === "") continue;
      expect(stand(text, words)).toEqual(words.map((word) => word.text.trim()));
    }
  });

  test("are missed where they were changed, removed, or became part of a longer word", () => {
    const words = spoken(" The weather is for a on Tuesday.", 0, 7);
    expect(stand("The weather's forecast is on Tuesday.", words)).toEqual([
      "The",
      "weather",
      "is",
      null,
      null,
      "on",
      "Tuesday.",
    ]);
    expect(stand("학교에 갔어요", spoken(" 학교 갔어요", 0, 2))).toEqual([null, "갔어요"]);
    expect(stand("cat", [heard(" at", 0, 1)])).toEqual([null]);
    expect(stand("", spoken("早上", 0, 1))).toEqual([null, null]);
  });

  test("stand in their order, as many letters of them as can be", () => {
    expect(stand("two one", spoken(" one two", 0, 2)).filter(Boolean)).toHaveLength(1);
    expect(stand("一二三四", spoken("四一二三", 0, 4))).toEqual([null, "一", "二", "三"]);
  });

  test("that are said twice stay with the words beside them", () => {
    const words = spoken(" the cat the dog", 0, 4);
    expect(stand("the dog", words)).toEqual([null, null, "the", "dog"]);
    expect(stand("the cat", words)).toEqual(["the", "cat", null, null]);
    const chinese = spoken("天天气好", 0, 4);
    expect(stand("天气好", chinese)).toEqual([null, "天", "气", "好"]);
    expect(stand("天好", chinese).filter(Boolean)).toHaveLength(2);
  });

  test("may be glued to each other", () => {
    const words = [heard(" co", 0, 1), heard("-operation", 1, 2), heard(" 하", 2, 3), heard("다", 3, 4)];
    expect(stand("co-operation 하다", words)).toEqual(["co", "-operation", "하", "다"]);
  });

  test("are found by composed characters, as the draft's text has them", () => {
    expect(stand("한국", [heard(" 한국".normalize("NFD"), 0, 1)])).toEqual(["한국"]);
  });

  test("never cut a character, stand in order and are what was written, whatever the text is", () => {
    fc.assert(
      fc.property(anyText, anyText, fc.boolean(), (text, other, same) => {
        const words = spoken((same ? text : other) || "x", 0, 10);
        let at = 0;
        for (const [place, stretch] of placed(text, words).entries()) {
          if (!stretch) continue;
          const [from, to] = stretch;
          expect(from).toBeGreaterThanOrEqual(at);
          expect(text.slice(from, to)).toBe(words[place]?.text.normalize("NFC").trim());
          expect([cutBefore(text, from), cutBefore(text, to)]).toEqual([from, to]);
          at = to;
        }
      }),
    );
  });

  test("are found in a long loop of the same word too", () => {
    const loop = "하".repeat(2000);
    expect(placed(loop, spoken(loop, 0, 10)).filter(Boolean)).toHaveLength(2000);
  });
});

describe("the words of a row", () => {
  test("are all of its sources, those in its time where one was split", () => {
    const [first, second] = [
      { ...sentence("1", 0, 2), text: "one two", words: spoken(" one two", 0, 2) },
      { ...sentence("2", 2, 4), text: "three", words: spoken(" three", 2, 4) },
    ];
    expect(wordsOf({ start: 0, end: 4 }, [first, second])).toHaveLength(3);
    expect(wordsOf({ start: 1, end: 2 }, [first]).map((word) => word.text)).toEqual([" two"]);
    expect(wordsOf({ start: 50, end: 60 }, [first])).toHaveLength(2);
  });

  test("are in the script of the text, where the text is written in another one than was heard", () => {
    const heardSo = { ...sentence("1", 0, 3), text: "随后，谢谢", words: spoken("隨後，謝謝", 0, 5) };
    expect(wordsOf({ start: 0, end: 5 }, [heardSo]).map((word) => word.text)).toEqual([
      "随",
      "后",
      "，",
      "谢",
      "谢",
    ]);
    const english = { ...sentence("1", 0, 2), text: "ab d", words: [heard(" ab", 0, 1), heard(" c", 1, 2)] };
    expect(wordsOf({ start: 0, end: 2 }, [english]).map((word) => word.text)).toEqual([" ab", " d"]);
    const shorter = { ...sentence("1", 0, 2), text: "ab", words: spoken(" a bcd", 0, 2) };
    expect(wordsOf({ start: 0, end: 2 }, [shorter]).map((word) => word.text)).toEqual([" a", " bcd"]);
  });
});

describe("the time at a place of the text", () => {
  const row = { start: 10, end: 14 };
  const words = [heard(" one", 10.2, 11), heard(" two", 12, 12.4), heard(" three", 12.4, 13.8)];

  test("is in the middle of the silence between two words", () => {
    expect(timeAt("one two three", 3, row, words)).toBeCloseTo(11.5);
    expect(timeAt("one two three", 4, row, words)).toBeCloseTo(11.5);
    expect(timeAt("one two three", 8, row, words)).toBeCloseTo(12.4);
  });

  test("is by its share of the letters within a word, and where words were changed", () => {
    expect(timeAt("one two three", 1, row, words)).toBeCloseTo(10.2 + 0.8 / 3);
    expect(timeAt("one fourfive three", 8, row, words)).toBeCloseTo(11 + 1.4 / 2);
    expect(timeAt("완전히 다른", 3, row, words)).toBeCloseTo(10 + (4 * 3) / 5);
    expect(timeAt("ab", 1, row, [])).toBeCloseTo(12);
    expect(timeAt("", 0, row, [])).toBeCloseTo(12);
  });

  test("leaves words out that lie outside the row's time", () => {
    const second = { start: 12, end: 14 };
    const twice = [heard(" one", 10.2, 11), heard(" one", 12.2, 12.8), heard(" two", 13, 14)];
    expect(timeAt("one two", 3, second, twice)).toBeCloseTo(12.9);
  });

  test("never lies outside the row, and never runs back while the place goes on", () => {
    fc.assert(
      fc.property(anyText, anyText, fc.boolean(), (text, other, same) => {
        const said = spoken((same ? text : other) || "x", 9, 15);
        let before = row.start;
        for (let offset = 0; offset <= text.length; offset++) {
          const time = timeAt(text, offset, row, said);
          expect(time).toBeGreaterThanOrEqual(before - 1e-9);
          expect(time).toBeLessThanOrEqual(row.end);
          const cut = cutAt(text, offset, row, said);
          expect(cut.end).toBeLessThanOrEqual(cut.start + 1e-9);
          before = time;
        }
      }),
    );
  });

  test("where a row is cut leaves a tenth of a second beside the words, and the silence to nobody", () => {
    const cut = cutAt("one two three", 3, row, words);
    expect(cut.end).toBeCloseTo(11.1);
    expect(cut.start).toBeCloseTo(11.9);
    const close = cutAt("one two", 3, row, [heard(" one", 10, 11), heard(" two", 11.1, 12)]);
    expect([close.end, close.start]).toEqual([close.start, close.end]);
    expect(close.end).toBeCloseTo(11.05);
  });
});

describe("words of which the recogniser was unsure", () => {
  const words = [
    heard(" is", 0, 1, 0.9),
    heard(" for", 1, 2, 0.48),
    heard(" a", 2, 3, 0.17),
    heard(" ,", 3, 4, 0.1),
  ];

  test("are those below the bound that are still as the machine wrote them", () => {
    expect(unsure("is for a ,", words)).toEqual([
      [3, 6],
      [7, 8],
    ]);
    expect(unsure("is for a ,", words, 0.2)).toEqual([[7, 8]]);
    expect(unsure("is four a", words)).toEqual([[8, 9]]);
    expect(unsure("is", words)).toEqual([]);
    expect(unsure("is for a", words, 0.1)).toEqual([]);
  });
});
