// Everything that an open draft needs on the page: the desk, the sound, what is kept, and what is shown.

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Language, problemOf } from "../api/client";
import type { Row } from "../document/types";
import type { Guideline, Work } from "../keeping/work";
import { toggleKeys } from "../parts/keys";
import { toast } from "../parts/toasts";
import { go } from "../route";
import type { Player } from "../sound/player";
import { zoomIn, zoomOut } from "../sound/zoom";
import { lasting } from "../storage";
import { stateTold } from "../words/keeping";
import { told } from "../words/problems";
import { say as workWords } from "../words/work";
import { restored } from "../work/filters";
import { composesHangul, composingIn, onceComposed } from "./composing";
import { Desk, NUDGE_SECONDS } from "./desk";
import { type Command, keyOf } from "./keys";

export interface View {
  /** Words of which the recogniser was unsure are marked. */
  readonly unsure: boolean;
  /** The list goes along with the sound. */
  readonly follow: boolean;
  /** Going to a sentence plays it. */
  readonly autoplay: boolean;
}

const KEPT_VIEW = "prelabel.view";
/** Where the cursor was last, and in which draft. */
const KEPT_PLACE = "prelabel.place";
const FIRST_VIEW: View = { unsure: true, follow: true, autoplay: true };

/** What lies over the page. */
export type Over =
  | { kind: "submit" }
  | { kind: "leave" }
  | { kind: "speakers"; key: string; at: HTMLElement }
  | { kind: "rename"; name: string };

const RATES = [0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 2] as const;

export class Bench {
  readonly desk: Desk;
  readonly guideline: ReadonlySignal<Guideline | null>;
  readonly view: Signal<View> = signal(keptView());
  readonly over: Signal<Over | null> = signal(null);
  /** The sentence that is heard. */
  readonly playingKey: ReadonlySignal<string | null>;
  /** What the reviewer said at which sentence of the revision that was sent back. */
  readonly saidAt: ReadonlyMap<string, string>;
  /** Once this one is handed in, the next draft is opened. */
  private goesOn = false;
  /** Enter closed a syllable and is not up yet: Chrome tells of it once more, as a plain key. */
  private closing = false;

  constructor(
    readonly work: Work,
    readonly player: Player,
    private readonly onNext: () => Promise<boolean>,
  ) {
    this.guideline = work.guideline;
    this.desk = new Desk(work.draft, work.doc.peek(), work.guideline, (doc) => work.change(doc));
    let heard: string | null = null;
    this.playingKey = computed(() => {
      heard = player.playing.value
        ? rowAt(this.desk.doc.value.rows, player.time.value, heard ?? this.desk.current.peek())
        : null;
      return heard;
    });
    this.saidAt = saidAt(work, this.desk.doc.peek().rows);
  }

  get language(): Language {
    return this.desk.language;
  }

  /** Whether a sentence is repeated. */
  get loops(): boolean {
    return this.player.playing.value && this.player.stretch.value?.loop === true;
  }

  /** Obey keys, and let the work know what happens on the page; until what is given back is called. */
  begin(): () => void {
    const { desk, work, player } = this;
    desk.enter(this.firstKey());
    const press = (event: KeyboardEvent): void => this.press(event);
    const release = (event: KeyboardEvent): void => {
      if (event.code.endsWith("Enter")) this.closing = false;
    };
    document.addEventListener("keydown", press);
    document.addEventListener("keyup", release);
    const ends = [
      work.activity.watch(document),
      // Who listens works on what is heard, wherever the cursor is.
      effect(() => work.activity.row(this.playingKey.value ?? desk.current.value)),
      desk.current.subscribe((key) => {
        if (key) lasting.setItem(KEPT_PLACE, JSON.stringify({ draft: work.draft.draft_id, key }));
      }),
      player.playing.subscribe((playing) => work.activity.playing(playing)),
      work.locked.subscribe((locked) => {
        desk.locked.value = locked;
      }),
      // Another text that took the place of this one is a step like any other: it can be undone.
      work.doc.subscribe((doc) => {
        if (doc !== desk.doc.peek()) desk.replace(doc);
      }),
      work.state.subscribe((state) => {
        if (state.kind !== "submitted") return;
        toast(stateTold(state).what, { tone: "good" });
        if (this.goesOn) void this.goOn();
        else go({ at: "work" });
      }),
    ];
    return () => {
      document.removeEventListener("keydown", press);
      document.removeEventListener("keyup", release);
      for (const end of ends) end();
    };
  }

  /** Go back to the list; where something was changed, the person says what becomes of the draft. */
  async leave(): Promise<void> {
    if ((await this.work.leave()) === "choose") this.over.value = { kind: "leave" };
    else go({ at: "work" });
  }

  /** Hand it in; `next`: and open the next draft once that is done. */
  submit({ next }: { next: boolean }): void {
    this.goesOn = next;
    // How it goes, the state of the work says: the banner tells of it, and the page goes on once it is answered.
    this.work.submit().catch(() => {});
  }

  private async goOn(): Promise<void> {
    try {
      if (await this.onNext()) return;
      toast(workWords.value.nothingWaits);
    } catch (error) {
      toast(told(problemOf(error)).what, { tone: "bad" });
    }
    go({ at: "work" });
  }

  /** Where to begin: at what the reviewer said, where the cursor was last, or at the top. */
  private firstKey(): string | null {
    const { rows } = this.desk.doc.peek();
    const kept = restored(lasting.getItem(KEPT_PLACE), { draft: "", key: "" });
    const last = kept.draft === this.work.draft.draft_id ? this.desk.row(kept.key) : undefined;
    return (last ?? rows.find((row) => this.saidAt.has(row.key)) ?? rows[0])?.key ?? null;
  }

  setView(changed: Partial<View>): void {
    this.view.value = { ...this.view.value, ...changed };
    lasting.setItem(KEPT_VIEW, JSON.stringify(this.view.value));
  }

  /** Play a sentence, or stop where it is the one that plays. */
  playRow(key: string | null): void {
    const row = this.desk.row(key);
    if (!row) return;
    if (this.player.playing.peek() && this.playingKey.peek() === key) this.player.pause();
    else this.player.playSpan(row.start, row.end);
  }

  loop(key: string | null): void {
    const row = this.desk.row(key);
    if (row) this.player.playSpan(row.start, row.end, { loop: true });
  }

  /** Go to another sentence, which is played where the person wants that. */
  goTo(row: Row | undefined, at: "start" | "end" = "start"): void {
    if (!row) return;
    this.desk.enter(row.key, at);
    if (this.view.peek().autoplay) this.player.playSpan(row.start, row.end);
  }

  /** The next sentence, after the current one and around, that has something to look at. */
  nextToCheck(): void {
    const { rows } = this.desk.doc.peek();
    const from = this.desk.place(this.desk.current.peek());
    for (let step = 1; step <= rows.length; step++) {
      const place = (from + step) % rows.length;
      const row = rows[place];
      if (row && this.toCheck(place)) {
        this.goTo(row);
        return;
      }
    }
  }

  /** Whether a sentence has something to look at: a flag of the draft on a text that nobody has changed, or a check. */
  toCheck(place: number): boolean {
    const row = this.desk.doc.value.rows[place];
    if (!row) return false;
    if (this.desk.findings(place).length > 0 || this.saidAt.has(row.key)) return true;
    const sources = this.desk.sources(row);
    const asDrafted = sources.length === 1 && sources[0]?.text === row.text;
    return asDrafted && sources.some((sentence) => sentence.flags.length > 0);
  }

  slower(by: -1 | 1): void {
    const now = RATES.findIndex((rate) => rate >= this.player.rate.peek() - 0.01);
    const rate = RATES[Math.min(RATES.length - 1, Math.max(0, now + by))];
    if (rate !== undefined) this.player.setRate(rate);
  }

  chooseSpeaker(key: string, at: HTMLElement): void {
    this.desk.show(key);
    this.over.value = { kind: "speakers", key, at };
  }

  /** Obey a key that was pressed anywhere on the page. */
  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || this.over.peek() !== null || document.querySelector("dialog[open]")) return;
    const field = event.target instanceof HTMLTextAreaElement ? event.target : null;
    const composing = event.isComposing || event.keyCode === 229 || composingIn.peek() !== null;
    const key = keyOf(event);
    if (!key) {
      if (!composing && field) this.walkOff(event, field);
      return;
    }
    if (!key.mod && !key.alt && key.code !== "F1" && event.target instanceof HTMLElement) {
      // Enter and Esc by themselves belong to buttons, menus and inputs that have the focus.
      if (!field && (key.code === "Enter" || event.target.closest("input, select, [role=menu]"))) return;
    }
    if (composing && !key.harmless) {
      this.pressComposing(event, key.command);
      return;
    }
    event.preventDefault();
    if (this.closing && key.code === "Enter") {
      this.closing = false;
      return;
    }
    this.obey(key.command, event, field);
  }

  /**
   * In the middle of a syllable or a conversion. Enter and Esc are the input method's own, but a Hangul syllable is
   * always open: whoever wants the next sentence should not have to press Enter twice for it.
   */
  private pressComposing(event: KeyboardEvent, command: Command): void {
    const plain = !event.altKey && !event.ctrlKey && !event.metaKey;
    if (plain && !(event.code.endsWith("Enter") && composesHangul())) return;
    const field = event.target instanceof HTMLTextAreaElement ? event.target : null;
    if (!plain) event.preventDefault();
    if (plain && this.closing) return;
    this.closing = plain;
    const cursor = field?.selectionEnd ?? 0;
    onceComposed(() => {
      field?.setSelectionRange(cursor, cursor);
      this.obey(command, event, field);
    });
  }

  /** The arrows leave a sentence at its ends, as in one text. */
  private walkOff(event: KeyboardEvent, field: HTMLTextAreaElement): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { selectionStart: from, selectionEnd: to, value } = field;
    if (from !== to) return;
    const up = event.key === "ArrowUp" || event.key === "ArrowLeft";
    const down = event.key === "ArrowDown" || event.key === "ArrowRight";
    if (up && from === 0) {
      const row = this.desk.beside(-1);
      if (row) event.preventDefault();
      this.desk.enter(row?.key, "end");
    } else if (down && to === value.length) {
      const row = this.desk.beside(1);
      if (row) event.preventDefault();
      this.desk.enter(row?.key);
    } else if (event.key === "Backspace" && from === 0 && value !== "" && this.desk.beside(-1)) {
      event.preventDefault();
      // Who holds the key to erase what stands before the cursor means this sentence, not the one before.
      if (event.repeat) return;
      this.desk.mergeBack();
    }
  }

  obey(command: Command, event?: KeyboardEvent, field?: HTMLTextAreaElement | null): void {
    ACTS[command](this, this.desk.row(this.desk.current.peek()), { event, field });
  }
}

type Act = (
  bench: Bench,
  /** The current sentence. */
  row: Row | undefined,
  pressed: { event: KeyboardEvent | undefined; field: HTMLTextAreaElement | null | undefined },
) => void;

/** What each command does. */
const ACTS: Readonly<Record<Command, Act>> = {
  toggle: ({ player }) => player.toggle(),
  playRow: ({ player }, row) => row && player.playSpan(row.start, row.end),
  fromHere: ({ player }, row) => row && player.playFrom(row.start),
  back: ({ player }) => player.back(2),
  loop: (bench, row) => (bench.loops ? bench.player.pause() : bench.loop(row?.key ?? null)),
  slower: (bench) => bench.slower(-1),
  faster: (bench) => bench.slower(1),
  track: ({ player }) => player.setTrack(player.other),
  zoomIn,
  zoomOut,
  next: (bench) => bench.goTo(bench.desk.beside(1)),
  previous: (bench) => bench.goTo(bench.desk.beside(-1)),
  nextFlag: (bench) => bench.nextToCheck(),
  split: ({ desk }, row, { field }) => desk.split(field?.selectionEnd ?? row?.text.length ?? 0),
  merge: ({ desk }) => desk.merge(),
  insert: ({ desk }) => desk.insert(),
  remove: ({ desk }) => desk.remove(),
  undo: ({ desk }) => desk.undo(),
  redo: ({ desk }) => desk.redo(),
  startEarlier: ({ desk }) => desk.nudge("start", -NUDGE_SECONDS),
  startLater: ({ desk }) => desk.nudge("start", NUDGE_SECONDS),
  endEarlier: ({ desk }) => desk.nudge("end", -NUDGE_SECONDS),
  endLater: ({ desk }) => desk.nudge("end", NUDGE_SECONDS),
  startHere: ({ desk, player }) => desk.bound("start", player.time.peek()),
  endHere: ({ desk, player }) => desk.bound("end", player.time.peek()),
  speaker: ({ desk }, row, { event }) => {
    const name = desk.speakers.peek()[Number(event?.code.at(-1)) - 1];
    if (row && name !== undefined) desk.setSpeaker(row.key, name);
  },
  noSpeaker: ({ desk }, row) => row && desk.setSpeaker(row.key, null),
  inaudible: ({ desk }) => desk.toggle("inaudible"),
  overlap: ({ desk }) => desk.toggle("overlap"),
  foreign: ({ desk }) => desk.toggle("foreign"),
  unsure: (bench) => bench.setView({ unsure: !bench.view.peek().unsure }),
  save: ({ work }) => void work.save(),
  submit: ({ over, player }) => {
    player.pause(); // what was heard up to here counts
    over.value = { kind: "submit" };
  },
  keys: toggleKeys,
};

/** The row that is heard at a time: the one that was, as long as it lasts; else the last one that has begun. */
function rowAt(rows: readonly Row[], time: number, previous: string | null): string | null {
  let found: Row | undefined;
  for (const row of rows) {
    if (row.start > time) break;
    if (time < row.end) {
      if (row.key === previous) return row.key;
      found = row;
    }
  }
  return found?.key ?? null;
}

function keptView(): View {
  try {
    return { ...FIRST_VIEW, ...(JSON.parse(lasting.getItem(KEPT_VIEW) ?? "{}") as Partial<View>) };
  } catch {
    return FIRST_VIEW;
  }
}

/** What was said of each sentence of the revision that was sent back, by the key of its row. */
function saidAt({ base, reviews }: Work, rows: readonly Row[]): ReadonlyMap<string, string> {
  const last = reviews.at(-1);
  if (last?.verdict !== "rework" || base?.revision !== last.revision) return new Map();
  return new Map(
    last.comments.flatMap(({ sentence, text }) => {
      const there = base.sentences[sentence];
      // Another tool may have given no names: then a sentence is known by its times.
      const row = rows.find((one) => one.start === there?.start && one.end === there.end);
      const key = there?.id ?? row?.key;
      return key === undefined ? [] : [[key, text] as const];
    }),
  );
}
