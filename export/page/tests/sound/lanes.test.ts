import { expect, test } from "vitest";
import type { Row } from "../../src/document/types";
import { gapAt, inView, lanesOf, spokenAt, ticks } from "../../src/sound/lanes";

function row(key: string, start: number, end: number, speaker: string | null = "S1"): Row {
  return { key, from: [], start, end, speaker, text: key, marks: [] };
}

const keys = (rows: readonly Row[]) => rows.map((one) => one.key);

test("each speaker has a lane, in order of appearance, and those of nobody certain are last", () => {
  const rows = [row("a", 0, 1, null), row("b", 1, 2, "S2"), row("c", 2, 3, "S1"), row("d", 3, 4, "S2")];

  const lanes = lanesOf({ rows, removed: [] });

  expect(lanes.map((lane) => [lane.speaker, keys(lane.rows)])).toEqual([
    ["S2", ["b", "d"]],
    ["S1", ["c"]],
    [null, ["a"]],
  ]);
});

test("a draft without sentences has no lanes", () => {
  expect(lanesOf({ rows: [], removed: [] })).toEqual([]);
});

test("of the sentences only those in view are drawn, a long one that began before it too, and the current one", () => {
  const rows = [row("long", 0, 50), row("gone", 1, 2), row("seen", 20, 21), row("later", 60, 61)];

  expect(keys(inView(rows, 10, 30, null))).toEqual(["long", "seen"]);
  expect(keys(inView(rows, 10, 30, "later"))).toEqual(["long", "seen", "later"]);
});

test("who speaks at once is lit at once; an end belongs to what follows", () => {
  const rows = [row("a", 0, 2), row("b", 1, 3, "S2"), row("c", 2, 3)];

  expect([...spokenAt(rows, 1.5)]).toEqual(["a", "b"]);
  expect([...spokenAt(rows, 2)]).toEqual(["b", "c"]);
  expect([...spokenAt(rows, 3)]).toEqual([]);
});

test("a gap reaches from the sentence before to the one after, or to the bounds of the unit", () => {
  const unit = { start: 0, end: 60 };
  const rows = [row("a", 10, 20), row("inside", 12, 14), row("b", 30, 40)];

  expect(gapAt(rows, 25, unit)).toEqual([20, 30]);
  expect(gapAt(rows, 5, unit)).toEqual([0, 10]);
  expect(gapAt(rows, 50, unit)).toEqual([40, 60]);
  expect(gapAt([], 50, unit)).toEqual([0, 60]);
  expect(gapAt(rows, 13, unit)).toBeNull();
});

test("the ruler names whole times as closely as their names have room", () => {
  expect(ticks(100.5, 103, 80)).toEqual([101, 102, 103]);
  expect(ticks(0, 60, 10)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(ticks(0.05, 0.6, 400)).toEqual([0.2, 0.4, 0.6]);
});
