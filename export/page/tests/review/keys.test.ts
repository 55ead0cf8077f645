import { describe, expect, it } from "vitest";
import { shownKeys } from "../../src/editor/keys";
import { commandOf, REVIEW_KEYS } from "../../src/review/keys";

const ALL = REVIEW_KEYS.flat();

function pressed(code: string, held: Partial<KeyboardEvent> = {}): KeyboardEvent {
  return { code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held } as KeyboardEvent;
}

describe("the reviewer's keys", () => {
  it("no two commands share a key", () => {
    const names = ALL.map(
      (key) => `${key.mod ?? false} ${key.alt ?? false} ${key.shift ?? false} ${key.code}`,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("every one that is a bare letter has another that works while somebody writes", () => {
    const bare = ALL.filter((key) => key.bare && key.command !== "write").map((key) => key.command);
    const others = new Set(ALL.filter((key) => !key.bare).map((key) => key.command));
    expect(bare.filter((command) => !others.has(command))).toEqual([]);
  });

  it("none is one that browsers or input methods keep for themselves", () => {
    const kept = /^(Alt\+[DEFINU`]|Ctrl\+[WTN])$/;
    expect(ALL.map((key) => shownKeys(key).join("+")).filter((name) => kept.test(name))).toEqual([]);
  });

  it("a key is known by where it lies, whatever layout gives another letter", () => {
    expect(commandOf(pressed("KeyN", { key: "ㅜ" }), "nothing")).toBe("nextChange");
    expect(commandOf(pressed("KeyG", { altKey: true, shiftKey: true }), "text")).toBe("previousChange");
  });

  it("what is typed into a text is no command", () => {
    for (const code of ["KeyN", "KeyP", "KeyB", "Space", "Enter", "ArrowDown"]) {
      expect(commandOf(pressed(code), "text")).toBe(null);
      expect(commandOf(pressed(code), "nothing")).not.toBe(null);
    }
  });

  it("a button keeps what presses it, a choice also what moves in it", () => {
    expect(commandOf(pressed("Space"), "control")).toBe(null);
    expect(commandOf(pressed("Enter"), "control")).toBe(null);
    expect(commandOf(pressed("KeyN"), "control")).toBe("nextChange");
    expect(commandOf(pressed("ArrowDown"), "choice")).toBe(null);
    expect(commandOf(pressed("Escape"), "choice")).toBe(null);
    expect(commandOf(pressed("KeyJ", { altKey: true }), "choice")).toBe("back");
  });

  it("in the middle of a syllable only what plays is obeyed", () => {
    const composing = { isComposing: true };
    expect(commandOf(pressed("KeyK", { altKey: true, ...composing }), "text")).toBe("toggle");
    expect(commandOf(pressed("KeyG", { altKey: true, ...composing }), "text")).toBe(null);
    expect(commandOf(pressed("Enter", { ctrlKey: true, shiftKey: true, ...composing }), "text")).toBe(null);
    expect(commandOf(pressed("Escape", composing), "text")).toBe(null);
  });
});
