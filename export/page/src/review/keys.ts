// The keys of whoever judges. What plays and walks is as in the editor; single letters work where nobody writes.

import { type Chord, KEYS, pressedOf, shownKeys } from "../editor/keys";
import { type KeyGroup, toggleKeys, typing } from "../parts/keys";
import { say as sayEditor } from "../words/editor";
import { say } from "../words/review";
import type { Looking } from "./looking";

const SOUND = ["toggle", "back", "fromHere", "loop", "slower", "faster", "track"] as const;
type Sound = (typeof SOUND)[number];

export type Command =
  | Sound
  | "playThis"
  | "playBefore"
  | "nextChange"
  | "previousChange"
  | "nextLine"
  | "previousLine"
  | "write"
  | "written"
  | "whole"
  | "changed"
  | "accept"
  | "sendBack"
  | "keys";

interface ReviewKey extends Chord {
  readonly command: Command;
  /** Works on a sentence only, or where nothing has the focus; without, also while somebody writes. */
  readonly bare?: boolean;
  /** Changes nothing that is written, so it can be pressed in the middle of a syllable. */
  readonly harmless?: boolean;
}

const alt = (command: Command, code: string, cap: string, shift = false): ReviewKey => ({
  command,
  code,
  cap,
  alt: true,
  shift,
});
const bare = (command: Command, code: string, cap: string): ReviewKey => ({
  command,
  code,
  cap,
  bare: true,
});

/** The editor's keys for the sound. */
const sounds: readonly ReviewKey[] = KEYS.flat().flatMap((key) => {
  const command = SOUND.find((one) => one === key.command);
  return command ? [{ ...key, command, harmless: true }] : [];
});

export const REVIEW_KEYS: readonly (readonly ReviewKey[])[] = [
  [
    ...sounds,
    bare("playThis", "Space", "Space"),
    { ...alt("playThis", "Period", "."), harmless: true },
    bare("playBefore", "KeyB", "B"),
    { ...alt("playBefore", "Period", ".", true), harmless: true },
  ],
  [
    bare("nextChange", "KeyN", "N"),
    alt("nextChange", "KeyG", "G"),
    bare("previousChange", "KeyP", "P"),
    alt("previousChange", "KeyG", "G", true),
    bare("nextLine", "ArrowDown", "↓"),
    alt("nextLine", "ArrowDown", "↓"),
    bare("previousLine", "ArrowUp", "↑"),
    alt("previousLine", "ArrowUp", "↑"),
    bare("write", "Enter", "Enter"),
    { command: "written", code: "Enter", cap: "Enter", mod: true },
    alt("changed", "KeyA", "A"),
    { ...alt("keys", "Slash", "/"), harmless: true },
    { command: "keys", code: "F1", cap: "F1", harmless: true },
  ],
  [
    alt("whole", "KeyW", "W"),
    { command: "accept", code: "Enter", cap: "Enter", mod: true, shift: true },
    alt("sendBack", "KeyR", "R", true),
  ],
];

const ALL = REVIEW_KEYS.flat();

/** What has the focus: a text that is written, something to choose from, something to press, or nothing of these. */
export type Focused = "text" | "choice" | "control" | "nothing";

export function focusedOf(event: KeyboardEvent): Focused {
  if (typing(event)) return event.target instanceof HTMLSelectElement ? "choice" : "text";
  if (!(event.target instanceof Element)) return "nothing";
  if (event.target.closest("[type=radio], [type=range], [role=menu], [role=slider]")) return "choice";
  return event.target.closest("button, a, input, summary") ? "control" : "nothing";
}

/** What a key that was pressed asks for; null: it is none of ours, or belongs to what has the focus. */
export function commandOf(event: KeyboardEvent, focused: Focused): Command | null {
  const key = pressedOf(ALL, event);
  if (!key) return null;
  const composing = event.isComposing || event.keyCode === 229;
  if (composing && (!key.harmless || key.code === "Escape")) return null;
  if (focused === "choice" && (key.bare || key.code === "Escape")) return null;
  if (focused === "text" && key.bare) return null;
  if (focused === "control" && (key.code === "Space" || (key.bare && key.code === "Enter"))) return null;
  return key.command;
}

/** How a command is pressed, for whoever points at its button. */
export function hint(command: Command): string {
  const key =
    ALL.findLast((one) => one.command === command && !one.bare) ?? ALL.find((one) => one.command === command);
  const name = does(command);
  return key ? `${name} (${shownKeys(key).join("+")})` : name;
}

function does(command: Command): string {
  const own: Readonly<Record<string, string>> = say.value.commands;
  const shared: Readonly<Record<string, string>> = sayEditor.value.commands;
  return own[command] ?? shared[command] ?? command;
}

/** This page's part of the sheet of keys. */
export function keyGroups(): readonly KeyGroup[] {
  const titles = [sayEditor.value.groups.sound, say.value.groups.look, say.value.groups.decide];
  return REVIEW_KEYS.map((keys, place) => ({
    title: titles[place] ?? "",
    keys: [...new Set(keys.map((key) => key.command))].map((command) => ({
      press: keys.filter((key) => key.command === command).map(shownKeys),
      does: does(command),
    })),
  }));
}

const RATES = [0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 2] as const;

function slower(looking: Looking, by: 1 | -1): void {
  const { player } = looking;
  const now = RATES.findIndex((rate) => rate >= player.rate.peek() - 0.01);
  const rate = RATES[Math.min(RATES.length - 1, Math.max(0, now + by))];
  if (rate !== undefined) player.setRate(rate);
}

type Act = (looking: Looking, current: string | null, writing: boolean) => void;

/** What each command does, but for the verdicts: those the page gives. */
const ACTS: Readonly<Record<Exclude<Command, "accept" | "sendBack">, Act>> = {
  toggle: ({ player }) => player.toggle(),
  back: ({ player }) => player.back(2),
  fromHere: (looking) => looking.playOn(),
  loop: (looking) => looking.loop(),
  slower: (looking) => slower(looking, -1),
  faster: (looking) => slower(looking, 1),
  track: ({ player }) => void player.setTrack(player.track.peek() === "mix" ? "voice" : "mix"),
  playThis: (looking, current) => looking.play(current),
  playBefore: (looking, current) => looking.play(current, looking.base.peek()),
  nextChange: (looking, _, writing) => looking.stepToChange(1, writing),
  previousChange: (looking, _, writing) => looking.stepToChange(-1, writing),
  nextLine: (looking, _, writing) => looking.step(1, writing),
  previousLine: (looking, _, writing) => looking.step(-1, writing),
  write: (looking, current) => looking.goTo(current, true),
  written: (looking, current) => looking.goTo(current),
  whole: () => document.getElementById("words-whole")?.focus(),
  changed: (looking) =>
    looking.setView({ filter: looking.view.peek().filter === "changed" ? "all" : "changed" }),
  keys: toggleKeys,
};

export function obey(looking: Looking, command: keyof typeof ACTS): void {
  const writing = document.activeElement?.id.startsWith("words-") ?? false;
  ACTS[command](looking, looking.current.peek(), writing);
}
