import { describe, expect, it } from "vitest";
import { Problem } from "../../src/api/client";
import { decide, type Facts, FIRST, isLocked } from "../../src/keeping/states";

const problem = new Problem(413, "too_large", "", "");
const state = (facts: Partial<Facts>) => decide({ ...FIRST, ...facts });

/** Facts that lead to a state, from the one that counts most to the one that counts least. */
const IN_ORDER: readonly (readonly [string, Partial<Facts>])[] = [
  ["left", { left: true }],
  ["submitted", { handing: "done" }],
  ["other_tab", { tab: "other" }],
  ["closed", { closed: "withdrawn" }],
  ["taken", { custody: "taken" }],
  ["signed_out", { signedIn: false }],
  ["submitting", { handing: "on its way" }],
  ["elsewhere", { conflict: 1 }],
  ["refused", { refused: problem }],
  ["lease_ended", { custody: "ended" }],
  ["offline", { downSince: 1 }],
  ["copy_refused", { copyRefused: problem }],
  ["unsaved", { copy: "unsaved" }],
];

describe("the state", () => {
  it("is saved where nothing else is so", () => {
    expect(state({ savedAt: 7 })).toEqual({ kind: "saved", at: 7 });
  });

  it.each(IN_ORDER)("is %s by one fact", (kind, facts) => {
    expect(state(facts).kind).toBe(kind);
  });

  it("is what a person must know first, where several facts would do", () => {
    for (const [place, [kind, facts]] of IN_ORDER.entries()) {
      for (const [, less] of IN_ORDER.slice(place + 1)) expect(state({ ...less, ...facts }).kind).toBe(kind);
    }
  });

  it("says since when nothing answers, whichever noticed first", () => {
    expect(state({ downSince: 5, copyDownSince: 3 })).toMatchObject({ kind: "offline", since: 3 });
    expect(state({ copyDownSince: 4 })).toMatchObject({ kind: "offline", since: 4 });
  });

  it("says whether this browser keeps what is typed", () => {
    expect(state({ downSince: 1, here: false })).toEqual({ kind: "offline", since: 1, here: false });
    expect(state({ copyRefused: problem, here: false })).toMatchObject({ here: false });
    expect(state({ signedIn: false, here: false })).toEqual({ kind: "signed_out", here: false });
  });

  it("locks the text where a change would come to nothing, and nowhere else", () => {
    const locked = IN_ORDER.filter(([, facts]) => isLocked(state(facts))).map(([kind]) => kind);
    expect(locked).toEqual(["left", "submitted", "other_tab", "closed", "taken", "submitting"]);
  });
});
