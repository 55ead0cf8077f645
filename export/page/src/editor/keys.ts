// Keys. One table: the sheet that `?` opens is made of it, and the page obeys it.
//
// They are told by where they lie (`code`), so that they work while a Korean keyboard layout is on. Alt is for commands,
// because it types nothing on Windows and Linux, and what it types on a Mac is held back. None of those that browsers or
// input methods keep for themselves is used (Alt+D, E, F; Alt+`; Ctrl+Space; Alt+E, I, N, U are dead keys of Macs).

import type { KeyGroup } from "../parts/keys";
import { say } from "../words/editor";

export type Command =
  | "toggle"
  | "playRow"
  | "back"
  | "fromHere"
  | "loop"
  | "slower"
  | "faster"
  | "track"
  | "next"
  | "previous"
  | "nextFlag"
  | "split"
  | "merge"
  | "insert"
  | "remove"
  | "undo"
  | "redo"
  | "startEarlier"
  | "startLater"
  | "endEarlier"
  | "endLater"
  | "startHere"
  | "endHere"
  | "speaker"
  | "noSpeaker"
  | "inaudible"
  | "overlap"
  | "foreign"
  | "unsure"
  | "zoomIn"
  | "zoomOut"
  | "save"
  | "submit"
  | "keys";

/** Keys that are pressed together. */
export interface Chord {
  /** What stands on the key. */
  readonly cap: string;
  readonly code: string | RegExp;
  /** Ctrl, and ⌘ on a Mac. */
  readonly mod?: boolean;
  readonly alt?: boolean;
  readonly shift?: boolean;
}

export interface Key extends Chord {
  readonly command: Command;
  /** Changes no text, so it can be pressed in the middle of a syllable. */
  readonly harmless?: boolean;
}

const alter = (command: Command, code: string | RegExp, cap: string, shift = false): Key => ({
  command,
  code,
  cap,
  alt: true,
  shift,
});
const play = (command: Command, code: string, cap: string): Key => ({
  ...alter(command, code, cap),
  harmless: true,
});
const mod = (command: Command, code: string, cap: string, shift = false): Key => ({
  command,
  code,
  cap,
  mod: true,
  shift,
});

export const KEYS: readonly (readonly Key[])[] = [
  [
    { command: "toggle", code: "Escape", cap: "Esc" },
    play("toggle", "KeyK", "K"),
    play("playRow", "Period", "."),
    play("back", "KeyJ", "J"),
    play("fromHere", "Comma", ","),
    play("loop", "KeyL", "L"),
    play("slower", "Semicolon", ";"),
    play("faster", "Quote", "'"),
    play("track", "KeyV", "V"),
    play("zoomIn", "Equal", "="),
    play("zoomOut", "Minus", "-"),
  ],
  [
    { command: "next", code: "Enter", cap: "Enter" },
    { command: "previous", code: "Enter", cap: "Enter", shift: true },
    alter("next", "ArrowDown", "↓"),
    alter("previous", "ArrowUp", "↑"),
    alter("nextFlag", "KeyG", "G"),
  ],
  [
    mod("split", "Enter", "Enter"),
    alter("merge", "KeyM", "M"),
    alter("insert", "Enter", "Enter"),
    alter("remove", "KeyX", "X"),
    mod("undo", "KeyZ", "Z"),
    mod("redo", "KeyZ", "Z", true),
    mod("redo", "KeyY", "Y"),
  ],
  [
    alter("startEarlier", "BracketLeft", "["),
    alter("startLater", "BracketRight", "]"),
    alter("endEarlier", "BracketLeft", "[", true),
    alter("endLater", "BracketRight", "]", true),
    alter("startHere", "KeyT", "T"),
    alter("endHere", "KeyT", "T", true),
  ],
  [
    alter("speaker", /^Digit[1-9]$/, "1…9"),
    alter("noSpeaker", "Digit0", "0"),
    alter("inaudible", "Digit1", "1", true),
    alter("overlap", "Digit2", "2", true),
    alter("foreign", "Digit3", "3", true),
    play("unsure", "KeyC", "C"),
  ],
  [
    mod("save", "KeyS", "S"),
    mod("submit", "Enter", "Enter", true),
    play("keys", "Slash", "/"),
    { command: "keys", code: "F1", cap: "F1", harmless: true },
  ],
];

const ALL = KEYS.flat();

export const IS_MAC = /Mac|iP(hone|ad)/.test(navigator.platform);

/** The key that was pressed, where it is one of ours. */
export function keyOf(event: KeyboardEvent): Key | undefined {
  return pressedOf(ALL, event);
}

/** Which of `chords` was pressed. */
export function pressedOf<One extends Chord>(
  chords: readonly One[],
  event: Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): One | undefined {
  const pressed = IS_MAC ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  const other = IS_MAC ? event.ctrlKey : event.metaKey;
  if (other) return undefined;
  return chords.find(
    (key) =>
      (typeof key.code === "string" ? sameKey(key.code, event.code) : key.code.test(event.code)) &&
      pressed === Boolean(key.mod) &&
      event.altKey === Boolean(key.alt) &&
      event.shiftKey === Boolean(key.shift),
  );
}

function sameKey(code: string, pressed: string): boolean {
  return code === pressed || (code === "Enter" && pressed === "NumpadEnter");
}

/** The keys of a chord, held ones first, as this computer's keyboard names them. */
export function shownKeys({ cap, mod, alt, shift }: Chord): readonly string[] {
  const held = [
    mod && (IS_MAC ? "⌘" : "Ctrl"),
    alt && (IS_MAC ? "⌥" : "Alt"),
    shift && (IS_MAC ? "⇧" : "Shift"),
  ];
  return [...held.filter((name) => typeof name === "string"), cap];
}

const GROUPS = ["sound", "walk", "cut", "time", "who", "rest"] as const;

/** The editor's part of the sheet of keys. */
export function keyGroups(): readonly KeyGroup[] {
  const words = say.value;
  return KEYS.map((keys, place) => ({
    title: words.groups[GROUPS[place] ?? "rest"],
    keys: [...new Set(keys.map((key) => key.command))].map((command) => ({
      press: keys.filter((key) => key.command === command).map(shownKeys),
      does: words.commands[command],
    })),
  }));
}
