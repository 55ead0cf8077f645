import { expect, test } from "vitest";
import { correctionOf, type Handed } from "../../src/document/correction";
import { doc, row } from "./rows";

const handed: Handed = {
  draftId: "d".repeat(32),
  revision: 2,
  worker: "kim",
  leadTime: 61.23456,
  played: [
    [100, 103.00049],
    [103.0003, 110.12345],
    [120, 120.0001],
  ],
  secondsOf: (key) => (key === "a" ? 12.34567 : undefined),
};

test("a correction has the sentences as they stand, in milliseconds", () => {
  const { rows } = doc(
    row("a", 101.23449, 102.5, { text: "안녕하세요  여러분 ", marks: ["overlap"] }),
    row("p1", 103, 104.00051, { from: [], speaker: null, text: "", marks: ["inaudible"] }),
    row("b", 105, 106, { from: ["b", "c"] }),
  );
  expect(correctionOf({ rows, removed: [row("z", 110, 111)] }, handed)).toEqual({
    schema: "prelabel.correction/1",
    draft_id: "d".repeat(32),
    revision: 2,
    worker: "kim",
    lead_time: 61.235,
    played: [[100, 110.123]],
    sentences: [
      {
        start: 101.234,
        end: 102.5,
        speaker: "S1",
        text: "안녕하세요  여러분",
        id: "a",
        from: ["a"],
        seconds: 12.346,
        marks: ["overlap"],
      },
      {
        start: 103,
        end: 104.001,
        speaker: null,
        text: "",
        id: "p1",
        from: [],
        seconds: null,
        marks: ["inaudible"],
      },
      {
        start: 105,
        end: 106,
        speaker: "S1",
        text: "text b",
        id: "b",
        from: ["b", "c"],
        seconds: null,
        marks: [],
      },
    ],
  });
});

test("active seconds are at most thirty days and never negative", () => {
  const far = correctionOf(doc(row("a", 1, 2)), { ...handed, leadTime: 1e9, secondsOf: () => -1 });
  expect(far.lead_time).toBe(30 * 24 * 3600);
  expect(far.sentences[0]?.seconds).toBe(0);
});
