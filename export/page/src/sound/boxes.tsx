// The lanes under the waveform: a box for each sentence, as long as it is spoken.

import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import { memo } from "preact/compat";
import { useRef } from "preact/hooks";
import type { Row, Unit } from "../document/types";
import { clock } from "../times";
import { say } from "../words/sound";
import { gapAt, inView, type Lane } from "./lanes";

/** What the boxes are drawn and moved by. All of it stays the same as long as the waveform is there. */
export interface Hands {
  readonly unit: Unit;
  readonly current: ReadonlySignal<string | null>;
  /** The sentences that are heard now. */
  readonly heard: ReadonlySignal<ReadonlySet<string>>;
  readonly locked: ReadonlySignal<boolean>;
  /** The sentence whose bounds are being dragged, as it would be. */
  readonly dragged: Signal<Times | null>;
  /** The time under a place of the screen. */
  readonly timeAt: (clientX: number) => number;
  readonly onSelect: (key: string, time: number) => void;
  readonly onPlay: (row: Row, by: "pointer" | "keys") => void;
  readonly onStep: (by: -1 | 1) => void;
  readonly onTimes: (key: string, start: number, end: number, merge?: string) => void;
  readonly onInsert: (start: number, end: number, speaker: string | null) => void;
  readonly onSeek: (time: number) => void;
}

export interface Times {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** A sentence is at least so long. */
const SHORTEST = 0.1;
/** So near to its end (in pixels) a box is taken by its bound. */
const EDGE = 6;
/** A press that moved less (in pixels) was a click. */
const STILL = 4;
/** A box that is narrower (in pixels) shows no text and has no bounds to take: nobody could read or hit them. */
const LEGIBLE = 18;

const COLOURS = 8;

/** A speaker has the same colour wherever they are named; who is uncertain has none. */
export function colourOf(lane: Lane, place: number): string {
  return lane.speaker === null ? "none" : String(place % COLOURS);
}

interface LaneGiven {
  readonly lane: Lane;
  readonly place: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** The box that the Tab key comes to. */
  readonly entry: string | null;
  readonly hands: Hands;
}

export function LaneRow({ lane, place, from, to, scale, entry, hands }: LaneGiven) {
  const { unit, locked, timeAt, onInsert, onSeek } = hands;
  const ghost = useSignal<readonly [number, number] | null>(null);
  const pressed = useRef<{ x: number; gap: readonly [number, number] | null } | null>(null);
  const name = lane.speaker ?? say.value.unsure;

  const stretch = (event: PointerEvent): readonly [number, number] | null => {
    const begun = pressed.current;
    if (!begun?.gap || locked.peek() || Math.abs(event.clientX - begun.x) < STILL) return null;
    const [low, high] = begun.gap;
    const inGap = (x: number) => Math.min(high, Math.max(low, timeAt(x)));
    const ends = [inGap(begun.x), inGap(event.clientX)] as const;
    return [Math.min(...ends), Math.max(...ends)];
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div
      class="lane"
      data-colour={colourOf(lane, place)}
      role="group"
      aria-label={say.value.lane(name)}
      onPointerDown={(event) => {
        if (event.target !== event.currentTarget || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pressed.current = { x: event.clientX, gap: gapAt(lane.rows, timeAt(event.clientX), unit) };
      }}
      onPointerMove={(event) => {
        if (pressed.current) ghost.value = stretch(event);
      }}
      onPointerUp={(event) => {
        const begun = pressed.current;
        const made = stretch(event);
        pressed.current = null;
        ghost.value = null;
        if (made && made[1] - made[0] >= SHORTEST) onInsert(made[0], made[1], lane.speaker);
        else if (begun && Math.abs(event.clientX - begun.x) < STILL) onSeek(timeAt(event.clientX));
      }}
      onPointerCancel={() => {
        pressed.current = null;
        ghost.value = null;
      }}
    >
      <div class="boxes">
        {inView(lane.rows, from, to, entry).map((row) => (
          <Box
            key={row.key}
            row={row}
            name={name}
            legible={(row.end - row.start) * scale >= LEGIBLE}
            entry={row.key === entry}
            hands={hands}
          />
        ))}
        {ghost.value && (
          <div class="box ghost" style={placed(ghost.value[0], ghost.value[1], unit)} aria-hidden="true" />
        )}
      </div>
    </div>
  );
}

interface BoxGiven {
  readonly row: Row;
  readonly name: string;
  readonly legible: boolean;
  readonly entry: boolean;
  readonly hands: Hands;
}

const Box = memo(function Box({ row, name, legible, entry, hands }: BoxGiven) {
  const { current, heard, locked, dragged, unit, timeAt, onSelect, onPlay, onStep, onTimes } = hands;
  const { key } = row;
  const isCurrent = useComputed(() => current.value === key).value;
  const isHeard = useComputed(() => heard.value.has(key)).value;
  const draggedNow = useComputed(() => (dragged.value?.key === key ? dragged.value : null)).value;
  const bound = useRef<"start" | "end" | null>(null);
  const moved = useRef(false);
  const { start, end } = draggedNow ?? row;

  const by = (which: "start" | "end", time: number): Times =>
    which === "start"
      ? { key, start: Math.max(unit.start, Math.min(time, row.end - SHORTEST)), end: row.end }
      : { key, start: row.start, end: Math.min(unit.end, Math.max(time, row.start + SHORTEST)) };
  const nudge = (which: "start" | "end", seconds: number) => {
    const times = by(which, row[which] + seconds);
    onTimes(key, times.start, times.end, `edge ${which} ${key}`);
  };
  const drop = () => {
    bound.current = null;
    if (dragged.peek()?.key === key) dragged.value = null;
  };
  return (
    <div
      class={`box${isCurrent ? " current" : ""}${isHeard ? " heard" : ""}${row.text.trim() ? "" : " blank"}${legible ? "" : " narrow"}`}
      style={placed(start, end, unit)}
    >
      <button
        type="button"
        tabIndex={entry ? 0 : -1}
        data-key={key}
        aria-current={isCurrent}
        aria-label={say.value.sentence(
          name,
          shown(start, unit),
          shown(end, unit),
          row.text || say.value.nothing,
        )}
        onPointerDown={(event) => {
          if (locked.peek() || event.button !== 0) return;
          const box = event.currentTarget.getBoundingClientRect();
          const edge = legible ? EDGE : 0;
          moved.current = false;
          bound.current = null;
          if (event.clientX - box.left < edge) bound.current = "start";
          else if (box.right - event.clientX < edge) bound.current = "end";
          if (bound.current) event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (!bound.current) return;
          dragged.value = by(bound.current, timeAt(event.clientX));
          moved.current = true;
        }}
        onPointerUp={() => {
          const times = dragged.peek();
          const done = bound.current && moved.current && times?.key === key;
          drop();
          if (done) onTimes(key, times.start, times.end);
        }}
        onPointerCancel={drop}
        onClick={(event) => {
          if (moved.current) moved.current = false;
          else if (event.detail === 0) onPlay(row, "keys");
          else onSelect(key, timeAt(event.clientX));
        }}
        onDblClick={() => onPlay(row, "pointer")}
        onKeyDown={(event) => {
          if (event.altKey || event.ctrlKey || event.metaKey) return;
          if (event.key === "Escape" && bound.current) {
            drop();
            event.stopPropagation();
          } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
            event.preventDefault();
            event.stopPropagation();
            onStep(event.key === "ArrowLeft" ? -1 : 1);
          } else if (event.key === "Enter" || event.key === " ") event.stopPropagation();
        }}
      >
        {legible && row.text}
      </button>
      {isCurrent && !locked.value && (
        <>
          <Edge which="start" row={row} unit={unit} onNudge={(seconds) => nudge("start", seconds)} />
          <Edge which="end" row={row} unit={unit} onNudge={(seconds) => nudge("end", seconds)} />
        </>
      )}
    </div>
  );
});

interface EdgeGiven {
  readonly which: "start" | "end";
  readonly row: Row;
  readonly unit: Unit;
  readonly onNudge: (seconds: number) => void;
}

const NUDGES: Readonly<Record<string, number>> = {
  ArrowLeft: -0.1,
  ArrowDown: -0.1,
  ArrowRight: 0.1,
  ArrowUp: 0.1,
  PageDown: -1,
  PageUp: 1,
};

/** A bound that keys move: a tenth of a second, with Shift a hundredth. The pointer takes the box by its end instead. */
function Edge({ which, row, unit, onNudge }: EdgeGiven) {
  const words = say.value;
  return (
    <div
      class={`edge ${which}`}
      role="slider"
      tabIndex={0}
      aria-label={which === "start" ? words.startEdge : words.endEdge}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={unit.end - unit.start}
      aria-valuenow={row[which] - unit.start}
      aria-valuetext={shown(row[which], unit)}
      onKeyDown={(event) => {
        const seconds = NUDGES[event.key];
        if (seconds === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        onNudge(event.shiftKey ? seconds / 10 : seconds);
      }}
    />
  );
}

/** A time as people read it everywhere in the editor: from the start of what is heard. */
function shown(time: number, unit: Unit): string {
  return clock(time - unit.start);
}

function placed(start: number, end: number, unit: Unit): Record<string, string> {
  return { "--start": String(start - unit.start), "--length": String(end - start) };
}
