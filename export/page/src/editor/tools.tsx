// What can be done with the current sentence, as buttons; each has a key as well.

import { useState } from "preact/hooks";
import { MARKS, type Row } from "../document/types";
import { clock, read } from "../times";
import { say } from "../words/editor";
import type { Bench } from "./bench";
import { type Command, KEYS, shownKeys } from "./keys";

/** The bar of the current sentence. It has a place of its own, so that no row moves when another one is chosen. */
export function SentenceBar({ bench }: { bench: Bench }) {
  const words = say.value;
  const { desk } = bench;
  const row = desk.row(desk.current.value);
  const off = desk.locked.value || row === undefined;
  const tool = (command: Command, name: string) => (
    <button
      type="button"
      title={hint(command)}
      aria-label={words.commands[command]}
      disabled={off}
      onPointerDown={(event) => event.preventDefault()} // the cursor stays in the text: it says where to split
      onClick={() => bench.obey(command, undefined, fieldOf(row))}
    >
      {name}
    </button>
  );
  return (
    <div class="sentence-bar" role="toolbar" aria-label={words.tools}>
      <span class="number">{row && words.number(desk.place(row.key) + 1)}</span>
      {tool("split", words.split)}
      {tool("merge", words.merge)}
      {tool("insert", words.insert)}
      {tool("remove", words.remove)}
      <span class="gap" />
      {MARKS.map((mark) => (
        <button
          type="button"
          key={mark}
          class="mark"
          aria-pressed={row?.marks.includes(mark) ?? false}
          title={hint(mark)}
          disabled={off}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => desk.toggle(mark)}
        >
          {words.marks[mark]}
        </button>
      ))}
      <span class="gap" />
      {row && <Bound key={`start ${row.key}`} bench={bench} row={row} bound="start" locked={off} />}
      {row && <Bound key={`end ${row.key}`} bench={bench} row={row} bound="end" locked={off} />}
      {row && <span class="soft">{words.seconds((row.end - row.start).toFixed(1))}</span>}
    </div>
  );
}

function fieldOf(row: Row | undefined): HTMLTextAreaElement | null {
  const found = row && document.getElementById(`text-${row.key}`);
  return found instanceof HTMLTextAreaElement ? found : null;
}

/** A bound of a sentence as a time that can be typed, and moved up and down. */
function Bound({
  bench,
  row,
  bound,
  locked,
}: {
  bench: Bench;
  row: Row;
  bound: "start" | "end";
  locked: boolean;
}) {
  const words = say.value;
  const { desk } = bench;
  const origin = desk.unit.start;
  const [typed, setTyped] = useState<string | null>(null);
  const shown = clock(row[bound] - origin);
  const wrong = typed !== null && read(typed) === null;
  const take = (): void => {
    const seconds = typed === null || typed === shown ? null : read(typed);
    setTyped(null);
    if (seconds === null) return;
    const time = seconds + origin;
    desk.setTimes(row.key, bound === "start" ? time : row.start, bound === "end" ? time : row.end);
  };
  return (
    <label class="bound">
      {words[bound]}
      <input
        value={typed ?? shown}
        inputMode="decimal"
        disabled={locked}
        aria-invalid={wrong}
        title={wrong ? words.timeWrong : hint(bound === "start" ? "startHere" : "endHere")}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
          else if (event.key === "Escape") setTyped(null);
          else if (event.key === "ArrowUp") desk.nudge(bound, 0.1);
          else if (event.key === "ArrowDown") desk.nudge(bound, -0.1);
          else return;
          event.preventDefault();
        }}
      />
    </label>
  );
}

/** What a command does and by which key, for whoever points at its button. */
export function hint(command: Command): string {
  const keys = keysOf(command);
  const name = say.value.commands[command];
  return keys ? `${name} (${keys})` : name;
}

/** The first keys of a command, as in `Ctrl+S`; empty where there are none. */
export function keysOf(command: Command): string {
  const key = KEYS.flat().find((one) => one.command === command);
  return key ? shownKeys(key).join("+") : "";
}
