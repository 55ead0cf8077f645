import fc from "fast-check";
import { expect, test } from "vitest";
import { covered, type Span, seconds, within } from "../../src/document/spans";

const all = (...given: Span[]): readonly Span[] =>
  given.reduce<readonly Span[]>((spans, [start, end]) => covered(spans, start, end), []);

test("stretches that touch or overlap become one, in order", () => {
  expect(all([5, 6], [1, 2], [3, 4])).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect(all([1, 2], [2, 3])).toEqual([[1, 3]]);
  expect(all([2, 3], [1, 2])).toEqual([[1, 3]]);
  expect(all([1, 2], [3, 4], [5, 6], [1.5, 5])).toEqual([[1, 6]]);
});

test("what is heard again, and what is no stretch, changes nothing", () => {
  const spans = all([1, 3], [5, 6]);
  expect(covered(spans, 1, 2)).toBe(spans);
  expect(covered(spans, 5, 6)).toBe(spans);
  expect(covered(spans, 4, 4)).toBe(spans);
  expect(covered(spans, 9, 8)).toBe(spans);
  expect(covered(spans, Number.NaN, 8)).toBe(spans);
});

test("seconds are counted once, and within bounds", () => {
  const spans = all([1, 3], [5, 6], [2, 4]);
  expect(seconds(spans)).toBe(4);
  expect(within(spans, 2, 5.5)).toEqual([
    [2, 4],
    [5, 5.5],
  ]);
  expect(within(spans, 4, 5)).toEqual([]);
  expect(seconds([])).toBe(0);
});

test("whatever is heard in whatever order, each second counts once", () => {
  const heard = fc.array(fc.tuple(fc.nat(60), fc.nat(60)));
  fc.assert(
    fc.property(heard, (given) => {
      const spans = all(...given);
      const counted = new Set<number>();
      for (const [start, end] of given) for (let at = start; at < end; at++) counted.add(at);
      expect(seconds(spans)).toBe(counted.size);
      for (const [place, [, end]] of spans.entries()) {
        expect(spans[place + 1]?.[0] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(end);
      }
    }),
  );
});
