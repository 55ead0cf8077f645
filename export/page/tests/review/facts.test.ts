import { expect, it } from "vitest";
import { lasted, shareHeard } from "../../src/review/facts";
import { commentsOf, isEmpty, NOTHING, sayAt } from "../../src/review/kept";
import { keptQuery } from "../../src/review/reading";

const UNIT = { start: 100, end: 200 };

it("what was heard twice, or outside of the unit, counts once, or not at all", () => {
  const played: [number, number][] = [
    [90, 110],
    [105, 120],
    [190, 250],
  ];
  expect(shareHeard(played, UNIT)).toBeCloseTo(0.3);
  expect(shareHeard([], UNIT)).toBe(0);
  expect(shareHeard(null, UNIT)).toBe(null);
});

it("times are minutes and seconds, with hours where there are any", () => {
  expect(lasted(0)).toBe("0:00");
  expect(lasted(431.5)).toBe("7:12");
  expect(lasted(3725)).toBe("1:02:05");
  expect(lasted(59.7)).toBe("1:00");
});

it("words at sentences are sent in their order, without those that are blank", () => {
  const words = sayAt(sayAt(sayAt(NOTHING, 10, " last "), 2, "first"), 3, "  ");
  expect(commentsOf(words)).toEqual([
    { sentence: 2, text: "first" },
    { sentence: 10, text: "last" },
  ]);
});

it("blanks are no words", () => {
  expect(isEmpty(NOTHING)).toBe(true);
  expect(isEmpty({ whole: " \n", at: { 1: " " } })).toBe(true);
  expect(isEmpty({ whole: "", at: { 1: "x" } })).toBe(false);
  expect(isEmpty({ whole: "x", at: {} })).toBe(false);
});

it("the next one is asked for as the list was, or as if there were no filter", () => {
  const storage = (text: string | null) => ({ getItem: () => text });
  expect(keptQuery(storage('{"language":"ko","drawn":0.2}'))).toEqual({ language: "ko", drawn: 0.2 });
  for (const text of [null, "no JSON", "null", "3"]) expect(keptQuery(storage(text))).toEqual({});
});
