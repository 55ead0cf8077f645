import { describe, expect, it } from "vitest";
import { KEYS, type Key, keyOf } from "../../src/editor/keys";

const all = KEYS.flat();

function pressed(code: string, held: Partial<KeyboardEvent> = {}): KeyboardEvent {
  return { code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held } as KeyboardEvent;
}

function named(key: Key): string {
  return [key.mod && "mod", key.alt && "alt", key.shift && "shift", String(key.code)]
    .filter(Boolean)
    .join("+");
}

describe("keys", () => {
  it("no two commands share a key", () => {
    const names = all.map(named);
    expect(new Set(names).size).toBe(names.length);
  });

  it("none is one that browsers or input methods keep for themselves", () => {
    const kept = ["alt+KeyD", "alt+KeyE", "alt+KeyF", "alt+KeyI", "alt+KeyN", "alt+KeyU", "alt+Backquote"];
    const more = [
      "mod+KeyW",
      "mod+KeyT",
      "mod+KeyN",
      "mod+Space",
      "alt+ArrowLeft",
      "alt+ArrowRight",
      "alt+Space",
    ];
    expect(all.map(named).filter((name) => [...kept, ...more].includes(name))).toEqual([]);
  });

  it("a key is known by where it lies, whatever layout gives another letter", () => {
    expect(keyOf(pressed("KeyK", { altKey: true, key: "ㅏ" }))?.command).toBe("toggle");
  });

  it("more or fewer keys held mean another command or none", () => {
    expect(keyOf(pressed("KeyZ", { ctrlKey: true }))?.command).toBe("undo");
    expect(keyOf(pressed("KeyZ", { ctrlKey: true, shiftKey: true }))?.command).toBe("redo");
    expect(keyOf(pressed("KeyZ", { ctrlKey: true, altKey: true }))).toBeUndefined();
    expect(keyOf(pressed("KeyZ"))).toBeUndefined();
    expect(keyOf(pressed("Enter", { ctrlKey: true, metaKey: true }))).toBeUndefined();
  });

  it("the Enter of the number block is Enter", () => {
    expect(keyOf(pressed("NumpadEnter"))?.command).toBe("next");
  });

  it("digits choose a speaker, 0 nobody", () => {
    expect(keyOf(pressed("Digit7", { altKey: true }))?.command).toBe("speaker");
    expect(keyOf(pressed("Digit0", { altKey: true }))?.command).toBe("noSpeaker");
  });

  it("what changes text waits until an input method is done", () => {
    const changing = ["split", "merge", "insert", "remove", "undo", "redo", "next", "previous", "submit"];
    expect(all.filter((key) => key.harmless && changing.includes(key.command))).toEqual([]);
  });
});
