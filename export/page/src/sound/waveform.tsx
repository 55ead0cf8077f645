// The waveform, and under it a lane for each speaker, in one piece that is scrolled and zoomed.
//
// wavesurfer.js draws the wave, as much of it as is in view, and has the scroller. The lanes lie in that scroller too: in
// a slot of it, so that they are an ordinary part of the page. It plays nothing; the player does.

import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { createPortal } from "preact/compat";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import WaveSurfer from "wavesurfer.js";
import type { Doc, Row } from "../document/types";
import { clock } from "../times";
import { say } from "../words/sound";
import { colourOf, type Hands, LaneRow, type Times } from "./boxes";
import { lanesOf, spokenAt, ticks } from "./lanes";
import { Overview } from "./overview";
import { decodePeaks, loudest, type Peaks, readPeaks, type Shape, spread } from "./peaks";
import type { Player, Track } from "./player";
import { filling, zoom, zoomBy, zoomIn, zoomOut } from "./zoom";
import "./waveform.css";

interface Given {
  readonly player: Player;
  readonly doc: ReadonlySignal<Doc>;
  /** The key of the sentence that is worked on. */
  readonly current: ReadonlySignal<string | null>;
  /** Whether nothing can be changed. */
  readonly locked: ReadonlySignal<boolean>;
  /** Another sentence was chosen; by keys the focus has stayed in the lanes, and should be left there. */
  readonly onSelect: (key: string, by: "pointer" | "keys") => void;
  /** The times of a sentence were changed; changes with the same `merge` are one. */
  readonly onTimes: (key: string, start: number, end: number, merge?: string) => void;
  /** A stretch without a sentence was marked in the lane of `speaker`. */
  readonly onInsert: (start: number, end: number, speaker: string | null) => void;
}

const HEIGHT = 72;

/** Seconds between two positions of the sound between which somebody went elsewhere. */
const LEAP = 1;
/** Where the sound is put in the view when it has left it, as a share of its width. */
const AHEAD = 0.1;

export function Waveform(given: Given) {
  const { player, doc, current, locked } = given;
  // What is called may be new with each drawing of the page; the boxes need not be.
  const calls = useRef(given);
  calls.current = given;
  const place = useRef<HTMLDivElement>(null);
  const stage = useSignal<Stage | null>(null);
  const shapes = useShapes(player);
  const { unit } = player;

  const width = useSignal(0);
  const left = useSignal(0);
  const colour = useSignal("gray");
  const scale = useComputed(() => Math.max(zoom.value, filling.value));
  const view = useComputed(
    () =>
      [unit.start + left.value / scale.value, unit.start + (left.value + width.value) / scale.value] as const,
  );
  // What is drawn reaches a quarter of a view further than what is seen, and changes only when that was scrolled.
  const drawn = useComputed(() => {
    const seconds = Math.max(1, width.value / scale.value);
    const from = Math.floor((view.value[0] - unit.start) / (seconds / 4)) * (seconds / 4) + unit.start;
    return `${from - seconds / 4} ${from + 1.5 * seconds}`;
  });
  const heard = useSignal<ReadonlySet<string>>(new Set());
  const dragged = useSignal<Times | null>(null);
  const follows = useRef(true);

  useLayoutEffect(() => {
    if (!place.current) return;
    const made = new Stage(place.current, unit.end - unit.start);
    const look = () => {
      width.value = made.width;
      filling.value = made.width / (unit.end - unit.start);
      left.value = made.left;
      if (made.wasScrolled) follows.current = isSeen(player.time.peek());
    };
    made.wave.on("scroll", look);
    made.wave.on("resize", look);
    made.wave.on("redraw", look);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const dye = () => {
      colour.value = made.dye();
    };
    dark.addEventListener("change", dye);
    dye();
    look();
    stage.value = made;
    return () => {
      dark.removeEventListener("change", dye);
      made.destroy();
    };
  }, [unit]);

  useSignalEffect(() => {
    if (typeof shapes.value !== "string") stage.value?.show(shapes.value);
  });

  // Zooming keeps what is under the pointer where it is; else the sound, where it is in view; else the middle.
  const anchor = useRef<number | null>(null);
  useSignalEffect(() => {
    const pixels = scale.value;
    const there = stage.value;
    if (!there) return;
    const at = (player.time.peek() - unit.start) * there.scale - left.peek();
    const seen = at >= 0 && at <= width.peek();
    const pointed = anchor.current ?? (seen ? at : width.peek() / 2);
    const time = (left.peek() + pointed) / there.scale;
    there.zoom(pixels);
    there.scroll(time * pixels - pointed);
    anchor.current = null;
  });

  useSignalEffect(() => {
    const time = player.time.value;
    const now = spokenAt(doc.value.rows, time);
    if (now.size !== heard.peek().size || [...now].some((key) => !heard.peek().has(key))) heard.value = now;
  });

  const isSeen = (time: number) => time >= view.peek()[0] && time <= view.peek()[1];
  const reveal = (time: number, share: number) => {
    const there = stage.peek();
    if (!there) return;
    there.scroll((time - unit.start) * scale.peek() - share * width.peek());
    left.value = there.left;
  };
  const last = useRef(unit.start);
  useSignalEffect(() => {
    const time = player.time.value;
    const went = Math.abs(time - last.current) > LEAP;
    last.current = time;
    if (!follows.current) follows.current = isSeen(time) || (went && !player.stretch.peek()?.loop);
    if (isSeen(time)) return;
    if (player.playing.peek() ? follows.current : went) reveal(time, AHEAD);
  });
  useSignalEffect(() => {
    const row = doc.peek().rows.find((one) => one.key === current.value);
    if (!stage.value || !row || player.playing.peek()) return;
    if (!isSeen(row.start) || !isSeen(Math.min(row.end, row.start + 1))) reveal(row.start, AHEAD);
  });
  // Who scrolls away from the sound while it plays wants to look elsewhere, until they come back or play anew.
  useSignalEffect(() => {
    if (player.playing.value) follows.current = true;
  });

  const seek = (time: number) => player.seek(time);
  const hands = useMemo<Hands>(
    () => ({
      unit,
      current,
      heard,
      locked,
      dragged,
      timeAt: (x) => unit.start + (stage.peek()?.at(x) ?? 0) / scale.peek(),
      onSelect: (key, time) => {
        calls.current.onSelect(key, "pointer");
        seek(time);
      },
      onPlay: (row: Row, by) => {
        calls.current.onSelect(row.key, by);
        player.playSpan(row.start, row.end);
      },
      onStep: (by) => {
        const { rows } = doc.peek();
        const next = rows[rows.findIndex((row) => row.key === current.peek()) + by];
        if (!next) return;
        calls.current.onSelect(next.key, "keys");
        requestAnimationFrame(() => {
          stage
            .peek()
            ?.layer.querySelector<HTMLElement>(`[data-key="${CSS.escape(next.key)}"]`)
            ?.focus();
        });
      },
      onTimes: (...times) => calls.current.onTimes(...times),
      onInsert: (...stretch) => calls.current.onInsert(...stretch),
      onSeek: seek,
    }),
    [player, doc, current, locked],
  );

  return (
    <section class="waveform" aria-label={say.value.sound} style={{ "--wave-height": `${HEIGHT}px` }}>
      <Overview
        player={player}
        shape={useComputed(() => (typeof shapes.value === "string" ? null : shapes.value))}
        view={view}
        colour={colour}
        onGo={(time) => {
          reveal(time, 0.5);
          follows.current = isSeen(player.time.peek());
          if (!player.playing.peek()) seek(time);
        }}
      />
      <Names doc={doc} />
      <div
        ref={place}
        class="wave"
        onPointerDown={(event) => {
          const height = event.clientY - event.currentTarget.getBoundingClientRect().top;
          const onWave = event.target === stage.peek()?.host && height < HEIGHT;
          if (onWave && event.button === 0) seek(hands.timeAt(event.clientX));
        }}
        onWheel={(event) => {
          if (!event.ctrlKey) return;
          event.preventDefault();
          anchor.current = event.clientX - event.currentTarget.getBoundingClientRect().left;
          zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.004 : 0.1)));
        }}
      />
      <div class="tools">
        <button type="button" aria-label={say.value.zoomOut} title={say.value.zoomOut} onClick={zoomOut}>
          −
        </button>
        <button type="button" aria-label={say.value.zoomIn} title={say.value.zoomIn} onClick={zoomIn}>
          +
        </button>
      </div>
      {stage.value &&
        createPortal(
          <>
            <Cursor player={player} scale={scale} />
            <Ruler drawn={drawn} scale={scale} start={unit.start} onSeek={(x) => seek(hands.timeAt(x))} />
            <Lanes doc={doc} drawn={drawn} scale={scale} hands={hands} />
          </>,
          stage.value.layer,
        )}
      <p class="said" role="status">
        {typeof shapes.value === "string" && say.value[shapes.value]}
      </p>
    </section>
  );
}

/** Where the sound is, through the wave and all lanes. */
function Cursor({ player, scale }: { player: Player; scale: ReadonlySignal<number> }) {
  const line = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const pixels = (player.time.value - player.unit.start) * scale.value;
    if (line.current) line.current.style.transform = `translateX(${pixels}px)`;
  });
  return <div ref={line} class="cursor" aria-hidden="true" />;
}

interface Drawn {
  /** From when to when things are drawn. */
  readonly drawn: ReadonlySignal<string>;
  readonly scale: ReadonlySignal<number>;
}

function Ruler({
  drawn,
  scale,
  start,
  onSeek,
}: Drawn & { start: number; onSeek: (clientX: number) => void }) {
  const [from, to] = drawn.value.split(" ").map(Number) as [number, number];
  const marks = ticks(Math.max(0, from - start), to - start, scale.value);
  const tenths = marks.some((time) => !Number.isInteger(time));
  return (
    <div class="ruler" aria-hidden="true" onClick={(event) => onSeek(event.clientX)}>
      {marks.map((time) => (
        <span key={time} style={{ "--start": String(time) }}>
          {clock(time, tenths)}
        </span>
      ))}
    </div>
  );
}

function Lanes({ doc, drawn, scale, hands }: Drawn & { doc: ReadonlySignal<Doc>; hands: Hands }) {
  const [from, to] = drawn.value.split(" ").map(Number) as [number, number];
  const { rows } = doc.value;
  const chosen = hands.current.value;
  const entry = rows.some((row) => row.key === chosen)
    ? chosen
    : (rows.find((row) => row.end > from)?.key ?? null);
  return (
    <>
      {lanesOf(doc.value).map((lane, place) => (
        <LaneRow
          key={lane.speaker ?? ""}
          lane={lane}
          place={place}
          from={from}
          to={to}
          scale={scale.value}
          entry={entry}
          hands={hands}
        />
      ))}
    </>
  );
}

/** Whose lane is whose: beside what is scrolled, so that it stays. */
function Names({ doc }: { doc: ReadonlySignal<Doc> }) {
  return (
    <div class="names" aria-hidden="true">
      {lanesOf(doc.value).map((lane, place) => (
        <span key={lane.speaker ?? ""} class="name" data-colour={colourOf(lane, place)}>
          {lane.speaker ?? say.value.unsure}
        </span>
      ))}
    </div>
  );
}

/** What the track that is heard looks like; `drawing` while it is made, `noWave` where there is none. */
function useShapes(player: Player): ReadonlySignal<Shape | "drawing" | "noWave"> {
  const shape = useSignal<Shape | "drawing" | "noWave">("drawing");
  const known = useRef(new Map<Track, Shape>());
  useSignalEffect(() => {
    const track = player.track.value;
    const there = known.current.get(track);
    if (there) {
      shape.value = there;
      return;
    }
    peaks(player, track)
      .then((found) => {
        const made = spread(found, player.unit.end - player.unit.start);
        known.current.set(track, made);
        if (track === player.track.peek()) shape.value = made;
      })
      .catch(() => {
        if (typeof shape.peek() === "string") shape.value = "noWave";
      });
  });
  return shape;
}

/** Those that the server keeps; where it keeps none, they are made of the sound. */
async function peaks(player: Player, track: Track): Promise<Peaks> {
  const kept = await player.fetch(`${track}_peaks`);
  if (kept.ok) return readPeaks(await kept.arrayBuffer());
  const sound = await player.fetch(track);
  if (!sound.ok) throw new RangeError(`there is no sound: the server answered ${sound.status}`);
  return decodePeaks(await sound.arrayBuffer());
}

/** wavesurfer.js, as far as it is used: a wave that is `scale` pixels to the second, in a scroller. */
class Stage {
  readonly wave: WaveSurfer;
  /** What lies under the wave, and is scrolled with it. */
  readonly layer: HTMLElement;
  readonly host: HTMLElement;
  /** Pixels of a second. */
  scale = zoom.peek();
  private put = 0;

  constructor(
    place: HTMLElement,
    private readonly seconds: number,
  ) {
    this.wave = WaveSurfer.create({
      container: place,
      height: HEIGHT,
      minPxPerSec: zoom.peek(),
      cursorWidth: 0,
      interact: false,
      normalize: true,
      peaks: [[0], [0]],
      duration: seconds,
    });
    const wrapper = this.wave.getWrapper();
    this.host = (wrapper.getRootNode() as ShadowRoot).host as HTMLElement;
    this.layer = document.createElement("div");
    this.layer.slot = "under";
    this.layer.className = "under";
    this.host.append(this.layer);
    const slot = document.createElement("slot");
    slot.name = "under";
    wrapper.append(slot);
  }

  get width(): number {
    return this.wave.getWidth();
  }

  get left(): number {
    return this.wave.getScroll();
  }

  /** How far from the beginning a place of the screen is, in pixels. */
  at(clientX: number): number {
    return clientX - this.wave.getWrapper().getBoundingClientRect().left;
  }

  scroll(pixels: number): void {
    this.wave.setScroll(pixels);
    this.put = this.left;
  }

  /** Whether a person has scrolled since this was last asked, or since it was put somewhere. */
  get wasScrolled(): boolean {
    const before = this.put;
    this.put = this.left;
    return Math.abs(this.put - before) > 1;
  }

  /** So many pixels to the second. Asks nothing of the layout, which would be made anew for each question. */
  zoom(pixels: number): void {
    this.scale = pixels;
    this.layer.style.setProperty("--scale", String(pixels));
    if (this.wave.getDecodedData()) this.wave.zoom(pixels);
    else this.wave.options.minPxPerSec = pixels;
  }

  show(shape: Shape): void {
    const left = this.left;
    this.wave.options.maxPeak = loudest(shape);
    void this.wave.load("", [...shape], this.seconds).then(() => this.scroll(left));
  }

  /** Take the colours of the page; gives that of the wave. */
  dye(): string {
    const colour = getComputedStyle(this.host).getPropertyValue("--wave").trim();
    this.wave.setOptions({ waveColor: colour, progressColor: colour });
    return colour;
  }

  destroy(): void {
    this.wave.destroy();
  }
}
