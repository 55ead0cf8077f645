import { describe, expect, test, vi } from "vitest";
import rates from "../../../../models/checks.py?raw";
import corrections from "../../../corrections.py?raw";
import { type Beside, blocking, checkRow, type Finding, isName, type Rules } from "../../src/document/checks";
import source from "../../src/document/checks.ts?raw";
import type { Row } from "../../src/document/types";
import { doc, row, UNIT } from "./rows";

const RULES: Rules = { max_sentence_seconds: null, checks: [], other_script: null };
const beside: Beside = { language: "ko", guideline: RULES, unit: UNIT };

function found(text: string, given: Partial<Beside> = {}, seconds = 60): readonly Finding[] {
  return checkRow(row("a", 101, 101 + seconds, { text }), { ...beside, ...given });
}

describe("a sentence", () => {
  test("that is well written raises nothing, in any language", () => {
    expect(found("지영 씨, 화요일에 만나요.")).toEqual([]);
    expect(found("Good morning, David.", { language: "en" })).toEqual([]);
    expect(found("罗师傅，早上好。", { language: "zh" })).toEqual([]);
    expect(found("👨‍👩‍👧‍👦 e\u0301té　はい", { language: "ja", guideline: null })).toEqual([]);
  });

  test("without text is empty, unless it is inaudible", () => {
    expect(found(" ")).toEqual([{ code: "empty" }]);
    expect(checkRow(row("a", 101, 102, { text: "", marks: ["inaudible"] }), beside)).toEqual([]);
  });

  test("is too long where the guideline says so", () => {
    const guideline = { ...RULES, max_sentence_seconds: 10 };
    expect(found("네.", { guideline }, 10)).toEqual([]);
    expect(found("네.", { guideline }, 12)).toEqual([{ code: "too_long", seconds: 12, most: 10 }]);
    expect(found("네.", {}, 500)).toEqual([]);
  });

  test("is too fast above what a person can say, by letters alone", () => {
    expect(found("가".repeat(13), {}, 1)).toEqual([]);
    expect(found(`${"가 ".repeat(13)}가!`, {}, 1)).toEqual([{ code: "too_fast", letters: 14, most: 13 }]);
    expect(found("가나다", {}, 0.1)).toEqual([]);
    expect(found("a".repeat(33), { language: "en" }, 1)).toMatchObject([{ code: "too_fast", letters: 33 }]);
    expect(found("한국말을한다".normalize("NFD"), {}, 0.1)).toEqual([]);
  });

  test("shows where spaces are double or at the ends", () => {
    expect(found(" 지영  씨 ")).toEqual([
      { code: "spaces", from: 0, to: 1 },
      { code: "spaces", from: 3, to: 5 },
      { code: "spaces", from: 6, to: 7 },
    ]);
    expect(found("지영\n씨")).toEqual([{ code: "spaces", from: 2, to: 3 }]);
  });

  test("shows a character that cannot be handed in", () => {
    expect(found("지\u0000영")).toEqual([{ code: "control", character: "U+0000", from: 1, to: 2 }]);
    expect(found("지\u202e영")).toMatchObject([{ code: "control", character: "U+202E" }]);
    expect(found("지\ud83d영")).toMatchObject([{ code: "control", character: "U+D83D" }]);
    expect(found("👍🏽")).toEqual([]);
  });

  test("shows at most a sentence's overlap with others of its own speaker", () => {
    const one = row("a", 101, 105);
    const after = row("b", 104, 106);
    expect(checkRow(one, { ...beside, after })).toEqual([{ code: "same_speaker_overlap", seconds: 1 }]);
    expect(checkRow(after, { ...beside, before: one })).toEqual([
      { code: "same_speaker_overlap", seconds: 1 },
    ]);
    expect(checkRow(one, { ...beside, after: { ...after, speaker: "S2" } })).toEqual([]);
    expect(checkRow({ ...one, speaker: null }, { ...beside, after: { ...after, speaker: null } })).toEqual(
      [],
    );
    expect(checkRow(one, { ...beside, after: row("b", 105, 106) })).toEqual([]);
  });

  test("that lies elsewhere is outside", () => {
    expect(checkRow(row("a", 99.6, 101), beside)).toEqual([]);
    expect(checkRow(row("a", 99.4, 101), beside)).toEqual([{ code: "outside" }]);
    expect(checkRow(row("a", 699, 700.6), beside)).toEqual([{ code: "outside" }]);
  });
});

describe("the guideline's checks", () => {
  const check = (pattern: string, languages: readonly string[] | null = null): Partial<Beside> => ({
    guideline: { ...RULES, checks: [{ pattern, languages, message: "숫자는 한글로" }] },
  });

  test("say the project's own words at each place", () => {
    expect(found("3시에 4명", check("\\d"))).toEqual([
      { code: "pattern", message: "숫자는 한글로", from: 0, to: 1 },
      { code: "pattern", message: "숫자는 한글로", from: 4, to: 5 },
    ]);
    expect(found("네", check("\\d"))).toEqual([]);
  });

  test("count in their languages alone", () => {
    expect(found("3", check("\\d", ["en"]))).toEqual([]);
    expect(found("3", check("\\d", ["en", "ko"]))).toHaveLength(1);
    expect(found("3", check("\\d", []))).toHaveLength(1);
  });

  test("mark whole characters, and nothing where nothing is matched", () => {
    expect(found("e\u0301x", check("e"))).toMatchObject([{ from: 0, to: 2 }]);
    expect(found("x👨‍👩‍👧‍👦", check("👩"))).toMatchObject([{ from: 1, to: 12 }]);
    expect(found("네", check("$"))).toEqual([{ code: "pattern", message: "숫자는 한글로" }]);
  });

  test("are shown at twenty places at most", () => {
    expect(found("1 ".repeat(50).trim(), check("\\d"))).toHaveLength(20);
  });

  test("that take long are left out from then on, so that nobody waits at each key", () => {
    const clock = vi.spyOn(performance, "now");
    let now = 0;
    clock.mockImplementation(() => {
      now += 40;
      return now;
    });
    expect(found("4", check("[45]"))).toHaveLength(1);
    expect(found("4", check("[45]"))).toHaveLength(1);
    clock.mockImplementation(() => {
      now += 4000;
      return now;
    });
    expect(found("5", check("[45]"))).toHaveLength(1);
    clock.mockRestore();
    expect(found("5", check("[45]"))).toEqual([]);
  });

  test("that this browser cannot read are passed over", () => {
    expect(found("3", check("(?P<name>\\d)"))).toEqual([]);
  });

  test("find Chinese of the other script, in Chinese alone", () => {
    const guideline = { ...RULES, other_script: "後隨謝𠔻" };
    expect(found("隨後，謝谢𠔻", { guideline, language: "zh" })).toEqual([
      { code: "other_script", characters: "隨後", from: 0, to: 2 },
      { code: "other_script", characters: "謝", from: 3, to: 4 },
      { code: "other_script", characters: "𠔻", from: 5, to: 7 },
    ]);
    expect(found("隨後", { guideline, language: "ja" })).toEqual([]);
  });
});

describe("what keeps a correction back", () => {
  const blocked = (...rows: readonly Row[]) => blocking(doc(...rows), UNIT);

  test("is nothing in sentences as they should be", () => {
    expect(blocked(row("a", 99.5, 101), row("b", 699, 700.5))).toEqual([]);
    expect(blocked(row("a", 101, 102, { text: " ", marks: ["inaudible"] }))).toEqual([]);
    expect(blocked(row("a", 101, 102, { speaker: null, text: "\t다\n " }))).toEqual([]);
    expect(blocked()).toEqual([]);
  });

  test("is named with its sentence", () => {
    expect(blocked(row("a", 101, 102, { text: " " }))).toEqual([{ key: "a", code: "empty" }]);
    expect(blocked(row("a", 101, 101.0003))).toEqual([{ key: "a", code: "times" }]);
    expect(blocked(row("a", 101, Number.NaN))).toEqual([{ key: "a", code: "times" }]);
    expect(blocked(row("a", 99.4, 102))).toEqual([{ key: "a", code: "outside" }]);
    expect(blocked(row("a", 101, 700.6))).toEqual([{ key: "a", code: "outside" }]);
    expect(blocked(row("a", 101, 102, { text: "a\u0007b" }))).toEqual([
      { key: "a", code: "control", character: "U+0007" },
    ]);
    expect(blocked(row("a", 101, 102, { speaker: "x".repeat(129) }))).toEqual([
      { key: "a", code: "speaker" },
    ]);
    expect(blocked(row("a", 101, 102, { text: "가".repeat(10_001) }))).toEqual([
      { key: "a", code: "long_text", most: 10_000 },
    ]);
  });

  test("does not reach the draft's own sentences, wherever they lie, nor times before the recording", () => {
    const far = [row("a", 95, 96), row("b", 710, 711)];
    expect(blocking(doc(...far), UNIT)).toHaveLength(2);
    expect(blocking(doc(...far), UNIT, far)).toEqual([]);
    expect(blocking(doc(row("a", -0.2, 1)), { start: 0, end: 9 })).toEqual([{ key: "a", code: "outside" }]);
  });

  test("counts characters as the server does", () => {
    expect(blocked(row("a", 101, 102, { text: "👍".repeat(10_000), speaker: "👍".repeat(128) }))).toEqual([]);
  });

  test("is too much of everything", () => {
    const text = "가".repeat(9_000);
    const many = Array.from({ length: 56 }, (_, place) => row(`${place}`, 101, 102, { text }));
    expect(blocked(...many)).toEqual([{ key: null, code: "texts", most: 500_000 }]);
    const rows = Array.from({ length: 20_001 }, (_, place) => row(`${place}`, 101, 102, { text: "네" }));
    expect(blocked(...rows)).toEqual([{ key: null, code: "sentences", most: 20_000 }]);
  });

  test("in a speaker's name is nothing, too much, or a character that a name has not", () => {
    expect(isName("지영")).toBe(true);
    for (const name of ["", "  ", "a\tb", "a\u202eb", "x".repeat(129)]) expect(isName(name)).toBe(false);
  });
});

describe("the bounds of the checks", () => {
  test("are those by which drafts are flagged", () => {
    const fastest = /^LETTERS_PER_SECOND = (\{.*\})$/m.exec(rates)?.[1] ?? "";
    for (const [, language, most] of fastest.matchAll(/"(\w\w)": \([\d.]+, ([\d.]+)\)/g)) {
      expect(source).toMatch(new RegExp(`FASTEST.*\\b${language}: ${Number(most)}[ ,]`));
    }
    const rated = /^RATED_LETTERS = \{(.*)\}$/m.exec(rates)?.[1]?.replaceAll('"', "");
    expect(source).toContain(`= { ${rated} };`);
    expect(fastest.match(/"/g)).toHaveLength(8);
  });

  test.each(["MOST_SENTENCES", "LONGEST_TEXT", "LONGEST_TEXTS", "LONGEST_NAME", "BEYOND_UNIT_SECONDS"])(
    "%s is the server's",
    (name) => {
      const value = new RegExp(`^${name} = (\\S+)$`, "m").exec(corrections)?.[1];
      expect(value).toBeDefined();
      expect(source).toContain(`const ${name} = ${value};`);
    },
  );
});
