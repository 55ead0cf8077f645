import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compare,
  leadTimeOf,
  preferredTo,
  readText,
  type Text,
  withMeasuresOf,
} from "../../src/keeping/text";

const text = (lineage: Record<string, number>, more: Partial<Text> = {}): Text => ({
  form: 1,
  doc: { rows: [], removed: [] },
  lineage,
  active: {},
  secondsByRow: {},
  played: [],
  ...more,
});

describe("two texts", () => {
  it("are the same where the same changes are in both", () => {
    expect(compare(text({}), text({}))).toBe("same");
    expect(compare(text({ a: 2, b: 1 }), text({ b: 1, a: 2 }))).toBe("same");
  });

  it("are ahead and behind where one was made of the other", () => {
    expect(compare(text({ a: 2 }), text({ a: 1 }))).toBe("ahead");
    expect(compare(text({ a: 2 }), text({ a: 2, b: 1 }))).toBe("behind");
    expect(compare(text({}), text({ a: 1 }))).toBe("behind");
  });

  it("went apart where each has a change that the other has not", () => {
    expect(compare(text({ a: 2 }), text({ a: 1, b: 1 }))).toBe("apart");
    expect(compare(text({ a: 1 }), text({ b: 1 }))).toBe("apart");
  });

  it("are compared alike from both sides, and one that was preferred is ahead of the other", () => {
    const lineages = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 4 }));
    const reverse = { same: "same", ahead: "behind", behind: "ahead", apart: "apart" } as const;
    fc.assert(
      fc.property(lineages, lineages, (one, other) => {
        const order = compare(text(one), text(other));
        expect(compare(text(other), text(one))).toBe(reverse[order]);
        expect(["same", "ahead"]).toContain(compare(preferredTo(text(one), text(other)), text(other)));
        expect(["same", "ahead"]).toContain(compare(preferredTo(text(one), text(other)), text(one)));
      }),
    );
  });
});

describe("what was measured", () => {
  it("is that of both, and of no session twice", () => {
    const one = text({}, { active: { a: 10, b: 3 }, secondsByRow: { "0001": 2 }, played: [[0, 5]] });
    const other = text({}, { active: { a: 8, c: 4 }, secondsByRow: { "0001": 3 }, played: [[4, 6]] });
    const both = withMeasuresOf(one, other);
    expect(leadTimeOf(both)).toBe(17);
    expect(both.secondsByRow).toEqual({ "0001": 3 });
    expect(both.played).toEqual([[0, 6]]);
    expect(withMeasuresOf(both, other)).toEqual(both);
  });
});

describe("what comes from elsewhere", () => {
  it("is taken as it was written", () => {
    const written = text({ a: 1 }, { active: { a: 2 }, played: [[1, 2]] });
    expect(readText(JSON.parse(JSON.stringify({ ...written, lease: "x" })))).toEqual(written);
  });

  it.each([
    null,
    "text",
    {},
    { ...text({}), form: 2 },
    { ...text({}), doc: { rows: [] } },
    { ...text({}), lineage: null },
    { ...text({}), played: undefined },
  ])("is no text where it is something else: %j", (given) => {
    expect(readText(given)).toBeNull();
  });
});
