import { beforeAll, describe, expect, it, vi } from "vitest";
import { Problem } from "../../src/api/client";
import type { Keeping, Note } from "../../src/keeping/work";

const AT = new Date(2026, 10, 26, 9, 5).getTime();
const problem = new Problem(413, "too_large", "", "");

const STATES: readonly Keeping[] = [
  { kind: "saved", at: null },
  { kind: "saved", at: AT },
  { kind: "unsaved" },
  { kind: "saving" },
  { kind: "offline", since: AT, here: true },
  { kind: "offline", since: AT, here: false },
  { kind: "copy_refused", problem, here: true },
  { kind: "copy_refused", problem, here: false },
  { kind: "signed_out", here: true },
  { kind: "signed_out", here: false },
  { kind: "lease_ended" },
  { kind: "taken" },
  { kind: "other_tab" },
  { kind: "elsewhere", at: AT },
  { kind: "submitting", since: null },
  { kind: "submitting", since: AT },
  { kind: "submitted" },
  { kind: "refused", problem },
  { kind: "closed", why: "withdrawn" },
  { kind: "closed", why: "forgotten" },
  { kind: "left" },
];

const NOTES: readonly Note[] = [
  { kind: "restored", from: "browser", at: AT },
  { kind: "restored", from: "server", at: AT },
  { kind: "retaken" },
  { kind: "not_kept_here" },
  { kind: "set_aside" },
];

let words: typeof import("../../src/words/keeping");
let speak: typeof import("../../src/words/index").speak;

beforeAll(async () => {
  // Which language is spoken is a matter of the document, which a test has to bring along.
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  words = await import("../../src/words/keeping");
  ({ speak } = await import("../../src/words/index"));
});

describe.each(["en", "ko"] as const)("in %s", (language) => {
  it("each state says what is so and what to do, unlike any other", () => {
    speak(language);
    const said = STATES.map((state) => words.stateTold(state));
    for (const { what, todo } of said) {
      expect(what).not.toBe("");
      expect(todo).not.toBe("");
      expect(/[가-힣]/.test(what + todo)).toBe(language === "ko");
    }
    expect(new Set(said.map(({ what, todo }) => `${what} ${todo}`)).size).toBe(STATES.length);
  });

  it("each note is told", () => {
    speak(language);
    const said = NOTES.map((note) => words.noteTold(note));
    expect(new Set(said).size).toBe(NOTES.length);
    for (const text of said) expect(/[가-힣]/.test(text)).toBe(language === "ko");
  });
});

describe("a moment", () => {
  it("is a time of day, with the day where that is not today", () => {
    speak("en");
    expect(words.clock(AT, AT + 60_000)).toMatch(/^9:05\sAM$/);
    expect(words.clock(AT, AT + 24 * 3600_000)).toMatch(/^Nov 26, 9:05\sAM$/);
    speak("ko");
    expect(words.clock(AT, AT + 60_000)).toMatch(/^오전 9:05$/);
  });
});
