import { describe, expect, it } from "vitest";
import {
  ALL_REVIEWS,
  boundOf,
  EVERYTHING,
  languagesOf,
  listQuery,
  ordered,
  restored,
  reviewQuery,
} from "../../src/work/filters";

describe("what the list asks for", () => {
  it("is what is ready, the oldest first, where nothing was chosen", () => {
    expect(listQuery(EVERYTHING)).toEqual({ state: ["ready"], order: "received" });
  });

  it("is everything that was chosen", () => {
    expect(
      listQuery({
        ...EVERYTHING,
        search: " call ",
        project: "earnings",
        language: "en",
        difficulty: "hard",
        state: "working",
        order: "-difficulty",
      }),
    ).toEqual({
      state: ["leased", "delivered"],
      order: "-difficulty",
      search: "call",
      project: "earnings",
      language: "en",
      difficulty_from: 50,
      difficulty_to: 100,
    });
  });

  it("has one bound where only one was set, even at 0, and none of those that are not in use", () => {
    expect(listQuery({ ...EVERYTHING, difficulty: "own", from: 0, to: null })).toMatchObject({
      difficulty_from: 0,
    });
    expect(listQuery({ ...EVERYTHING, difficulty: "own", from: 0, to: null })).not.toHaveProperty(
      "difficulty_to",
    );
    expect(listQuery({ ...EVERYTHING, difficulty: "any", from: 3, to: 4 })).not.toHaveProperty(
      "difficulty_from",
    );
  });

  it("takes a bound that is written as a number up to 100, and none otherwise", () => {
    expect([
      boundOf(" 40 "),
      boundOf("400"),
      boundOf("0"),
      boundOf(""),
      boundOf("-3"),
      boundOf("4e1"),
    ]).toEqual([40, 100, 0, null, null, null]);
  });

  it("has bounds in order, unless they are not in use", () => {
    expect(ordered({ difficulty: "own", from: 60, to: 20 })).toBe(false);
    expect(ordered({ difficulty: "own", from: 60, to: null })).toBe(true);
    expect(ordered({ difficulty: "easy", from: 60, to: 20 })).toBe(true);
  });
});

describe("what a reviewer asks for", () => {
  it("is a share of the submissions, where a sample is wanted", () => {
    expect(reviewQuery({ ...ALL_REVIEWS, sample: 5, worker: "kim" })).toEqual({
      state: ["submitted"],
      order: "received",
      worker: "kim",
      drawn: 0.05,
    });
    expect(reviewQuery(ALL_REVIEWS)).not.toHaveProperty("drawn");
  });
});

describe("what was kept", () => {
  it("comes back", () => {
    const chosen = { ...EVERYTHING, search: "x", from: 10 };
    expect(restored(JSON.stringify(chosen), EVERYTHING)).toEqual(chosen);
  });

  it("is the usual where there is nothing, or nothing readable", () => {
    expect(restored(null, EVERYTHING)).toEqual(EVERYTHING);
    expect(restored("{", EVERYTHING)).toEqual(EVERYTHING);
    expect(restored('"ready"', EVERYTHING)).toEqual(EVERYTHING);
  });

  it("is the usual field by field, where an older page kept something else", () => {
    expect(
      restored('{"search": 3, "languages": "ko", "gone": 1}', { search: "", languages: ["ko", "en"] }),
    ).toEqual({
      search: "",
      languages: ["ko", "en"],
    });
  });
});

it("languages stand in the usual order, and unknown ones are left out", () => {
  expect(languagesOf(["ja", "fr", "ko"])).toEqual(["ko", "ja"]);
});
