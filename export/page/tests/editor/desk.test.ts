import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import type { Draft } from "../../src/api/client";
import { docOf } from "../../src/document/edits";
import type { Doc } from "../../src/document/types";
import { Desk } from "../../src/editor/desk";
import type { Guideline } from "../../src/keeping/work";

function word(text: string, start: number, end: number) {
  return { text, start, end, confidence: 0.9, speaker: "S1", overlapped: false };
}

function drafted(): Draft {
  const sentences = [
    { id: "0001", speaker: "S1", words: [word(" one", 10, 10.5), word(" two", 11.5, 12)] },
    { id: "0002", speaker: "S2", words: [word(" three", 13, 14)] },
    { id: "0003", speaker: "S1", words: [word(" four", 15, 16)] },
  ].map((one) => ({
    ...one,
    start: one.words[0]?.start ?? 0,
    end: one.words.at(-1)?.end ?? 0,
    language: "en",
    text: one.words
      .map((each) => each.text)
      .join("")
      .trim(),
    raw_text: one.words.map((each) => each.text).join(""),
    confidence: 0.9,
    flags: [] as string[],
  }));
  return { language: "en", unit: { index: 0, count: 1, start: 10, end: 20 }, sentences } as unknown as Draft;
}

function opened(changed: (doc: Doc) => void = () => {}) {
  const draft = drafted();
  const guideline = signal<Guideline | null>(null);
  return { desk: new Desk(draft, docOf(draft), guideline, changed), guideline };
}

function texts(desk: Desk): readonly string[] {
  return desk.doc.value.rows.map((row) => row.text);
}

function keyAt(desk: Desk, place: number): string {
  return desk.doc.value.rows[place]?.key ?? "";
}

describe("the desk", () => {
  it("begins with the first sentence", () => {
    const { desk } = opened();
    expect(desk.current.value).toBe(keyAt(desk, 0));
    expect(desk.canUndo.value).toBe(false);
  });

  it("splits at the cursor, in the silence between the words there, and goes on in the second", () => {
    const { desk } = opened();
    desk.split(3);
    expect(texts(desk)).toEqual(["one", "two", "three", "four"]);
    const [first, second] = desk.doc.value.rows;
    expect(first?.end).toBeGreaterThan(10.5);
    expect(second?.start).toBeLessThan(11.5);
    expect(first?.end).toBeLessThanOrEqual(second?.start ?? 0);
    expect(desk.current.value).toBe(second?.key);
    expect(desk.wanted.value).toEqual({ key: second?.key, from: 0, to: 0 });
  });

  it("a split and a join give the text back, and remember what it was made of", () => {
    const { desk } = opened();
    desk.split(3);
    desk.mergeBack();
    expect(texts(desk)).toEqual(["one two", "three", "four"]);
    expect(desk.doc.value.rows[0]?.from).toEqual(["0001"]);
  });

  it("a word that is typed is one step back, another sentence another", () => {
    const { desk } = opened();
    const [first, second] = [keyAt(desk, 0), keyAt(desk, 1)];
    for (const text of ["one twa", "one twal", "one twalv"]) desk.type(first, text, text.length);
    desk.type(second, "tree", 4);
    desk.undo();
    expect(texts(desk)).toEqual(["one twalv", "three", "four"]);
    desk.undo();
    expect(texts(desk)).toEqual(["one two", "three", "four"]);
    desk.redo();
    desk.redo();
    expect(texts(desk)).toEqual(["one twalv", "tree", "four"]);
  });

  it("undo goes to the sentence that it changes", () => {
    const { desk } = opened();
    desk.type(keyAt(desk, 0), "one", 3);
    desk.show(keyAt(desk, 2));
    desk.undo();
    expect(desk.current.value).toBe(keyAt(desk, 0));
    expect(desk.wanted.value?.key).toBe(keyAt(desk, 0));
  });

  it("a sentence that is removed can be put back, and the next one is the current", () => {
    const { desk } = opened();
    desk.show(keyAt(desk, 1));
    desk.remove();
    expect(texts(desk)).toEqual(["one two", "four"]);
    expect(desk.current.value).toBe(keyAt(desk, 1));
    const gone = desk.doc.value.removed[0]?.key ?? "";
    desk.restore(gone);
    expect(texts(desk)).toEqual(["one two", "three", "four"]);
    expect(desk.current.value).toBe(gone);
  });

  it("the last sentence of all can be removed and a new one written", () => {
    const { desk } = opened();
    for (let left = 3; left > 0; left--) desk.remove();
    expect(desk.current.value).toBeNull();
    desk.remove();
    desk.split(0);
    desk.insertAt(12);
    expect(texts(desk)).toEqual([""]);
    expect(desk.current.value).toBe(keyAt(desk, 0));
  });

  it("a bound does not pass the other one, nor the unit", () => {
    const { desk } = opened();
    desk.nudge("start", -5);
    expect(desk.doc.value.rows[0]?.start).toBe(10);
    desk.bound("start", 99);
    desk.bound("end", 3);
    const [row] = desk.doc.value.rows;
    expect([row?.start, row?.end]).toEqual([10, 12]);
  });

  it("nothing changes while it is locked, and whoever keeps it hears of each change once", () => {
    const changed = vi.fn();
    const { desk } = opened(changed);
    desk.toggle("inaudible");
    desk.setSpeaker(keyAt(desk, 0), "S1"); // as it is
    expect(changed).toHaveBeenCalledTimes(1);
    desk.locked.value = true;
    desk.remove();
    desk.undo();
    desk.type(keyAt(desk, 0), "no", 2);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(texts(desk)).toEqual(["one two", "three", "four"]);
  });

  it("another text takes the place of this one also where nothing may be changed, and can be undone later", () => {
    const changed = vi.fn();
    const { desk } = opened(changed);
    const mine = desk.doc.value;
    desk.locked.value = true;
    desk.replace({ rows: mine.rows.slice(1), removed: [] });
    expect(texts(desk)).toEqual(["three", "four"]);
    expect(desk.current.value).toBe(keyAt(desk, 0));
    expect(changed).not.toHaveBeenCalled();
    desk.locked.value = false;
    desk.undo();
    expect(desk.doc.value).toBe(mine);
    expect(changed).toHaveBeenCalledWith(mine);
  });

  it("a name given everywhere is one step", () => {
    const { desk } = opened();
    desk.rename("S1", "Host");
    expect(desk.speakers.value).toEqual(["Host", "S2"]);
    desk.undo();
    expect(desk.speakers.value).toEqual(["S1", "S2"]);
  });

  it("what is found in a sentence follows the guideline once that is known", () => {
    const { desk, guideline } = opened();
    expect(desk.findings(0)).toEqual([]);
    guideline.value = {
      script: "as_heard",
      max_sentence_seconds: 1,
      numerals: null,
      fillers: null,
      spacing: null,
      checks: [],
      other_script: null,
    };
    expect(desk.findings(0).map((one) => one.code)).toEqual(["too_long"]);
  });
});
