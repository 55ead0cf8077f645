import { expect, it } from "vitest";
import { docOf } from "../../src/document/edits";
import { jsonText, plainText } from "../../src/keeping/download";
import { DRAFT, ID } from "./server";

it("gives each sentence a line with its time and its speaker", () => {
  const doc = docOf(DRAFT);
  const [first, second] = doc.rows;
  if (!first || !second) throw new Error("the draft has two sentences");
  const later = { rows: [first, { ...second, start: 3725.26, speaker: null }], removed: [] };
  expect(plainText(later)).toBe("00:00:01.0\tS1\t안녕하세요\n01:02:05.2\t?\t네\n");
});

it("rounds no time up to a minute that there is not", () => {
  const [first] = docOf(DRAFT).rows;
  if (!first) throw new Error("the draft has a sentence");
  expect(plainText({ rows: [{ ...first, start: 59.99 }], removed: [] })).toMatch(/^00:00:59\.9\t/);
});

it("gives the correction that it would be", () => {
  const correction = JSON.parse(jsonText({ draft: DRAFT, base: null }, "kim", docOf(DRAFT)));
  expect(correction).toMatchObject({ draft_id: ID, revision: 1, worker: "kim" });
  expect(correction.sentences.map((one: { text: string }) => one.text)).toEqual(["안녕하세요", "네"]);
});
