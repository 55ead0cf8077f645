import fc from "fast-check";
import { expect, test } from "vitest";
import { cutAfter, cutBefore } from "../../src/document/graphemes";
import { anyText, graphemes } from "./rows";

test("a text is cut between characters as people see them", () => {
  const text = "가👨‍👩‍👧‍👦e\u0301끝";
  const family = "👨‍👩‍👧‍👦".length;
  expect(cutBefore(text, 0)).toBe(0);
  expect(cutBefore(text, 1)).toBe(1);
  expect(cutBefore(text, 5)).toBe(1);
  expect(cutAfter(text, 5)).toBe(1 + family);
  expect(cutBefore(text, 2 + family)).toBe(1 + family);
  expect(cutAfter(text, 2 + family)).toBe(3 + family);
  expect(cutBefore(text, 999)).toBe(text.length);
  expect(cutAfter(text, 999)).toBe(text.length);
  expect(cutBefore(text, -1)).toBe(0);
});

test("both places stand on either side of any offset, with at most one character between them", () => {
  fc.assert(
    fc.property(anyText, fc.nat(80), (text, offset) => {
      const [before, after] = [cutBefore(text, offset), cutAfter(text, offset)];
      const inside = Math.min(offset, text.length);
      expect(before <= inside && inside <= after).toBe(true);
      expect(graphemes(text.slice(before, after)).length).toBeLessThanOrEqual(1);
      expect([...graphemes(text.slice(0, before)), ...graphemes(text.slice(before))]).toEqual(
        graphemes(text),
      );
    }),
  );
});
